package main

import (
	"errors"
	"strings"
)

// The values of seal.publishIdentity that are no identity.
const (
	publishAlways = "true"
	publishNever  = "false"
)

// checkPublish accepts an answer to whether an identity may be published. A
// name is an address or a URI, so that a slip ("yes") is not taken for one.
func checkPublish(value string) error {
	if value == publishAlways || value == publishNever {
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
