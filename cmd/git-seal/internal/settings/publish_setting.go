package settings

import (
	"errors"
	"strings"
)

// PublishSetting is the row of the table.
func PublishSetting() setting {
	s, _ := Lookup(PublishIdentity)
	return s
}

// The values of seal.publishIdentity that are no identity.
const (
	PublishAlways = "true"
	PublishNever  = "false"
)

// checkPublish accepts an answer to whether an identity may be published. A
// name is an address or a URI, so that a slip ("yes") is not taken for one.
func checkPublish(value string) error {
	if value == PublishAlways || value == PublishNever {
		return nil
	}
	if err := checkWord(value); err != nil {
		return err
	}
	if !strings.Contains(value, "@") && !strings.Contains(value, "://") {
		return errors.New("neither true nor false nor an identity (an address or a URI)")
	}
	return nil
}
