package settings

import (
	"errors"
	"strings"
)

// PublishSetting returns the row of seal.publishIdentity in Table.
func PublishSetting() setting {
	s, _ := Lookup(PublishIdentity)
	return s
}

// The values of seal.publishIdentity that are not identities.
const (
	PublishAlways = "true"
	PublishNever  = "false"
)

// checkPublish returns an error unless value is true, false or an identity. An
// identity is an address or a URI, so that a slip ("yes") does not count as one.
func checkPublish(value string) error {
	if value == PublishAlways || value == PublishNever {
		return nil
	}
	if err := checkWord(value); err != nil {
		return err
	}
	if !strings.Contains(value, "@") && !strings.Contains(value, "://") {
		return errors.New("is neither true, false nor an identity (an e-mail address or a URI)")
	}
	return nil
}
