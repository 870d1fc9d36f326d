package verifier

import (
	"errors"

	"github.com/git-seal/git-seal/cms"
)

// couldNotTell is a check's error when neither passed nor failed is true.
type couldNotTell struct{ reason string }

func (e *couldNotTell) Error() string { return e.reason }

// notInRoot is a check's error when the trusted root does not have the key that
// would tell: another copy of the root may.
type notInRoot struct{ reason string }

func (e *notInRoot) Error() string { return e.reason }

// missing is a check's error when the evidence is not in the signature.
type missing struct {
	reason   string
	required bool
}

func (e *missing) Error() string { return e.reason }

// checkOf turns the error of a check into its line. Any error that does not
// say otherwise means that the check has failed.
func checkOf(name CheckName, err error) Check {
	c := Check{Name: name, Outcome: Failed}
	if err == nil {
		c.Outcome = Passed
		return c
	}
	c.Detail = err.Error()
	var absent *missing
	var unsupported *cms.UnsupportedError
	switch {
	case errors.As(err, &absent):
		c.Outcome, c.Missing, c.Required = CouldNotTell, true, absent.required
	case errors.As(err, new(*notInRoot)):
		c.Outcome, c.notInRoot = CouldNotTell, true
	case errors.As(err, new(*couldNotTell)), errors.As(err, &unsupported):
		c.Outcome = CouldNotTell
	}
	return c
}
