package tuf

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Kind is why an update failed, as far as someone can do something about it.
type Kind int

const (
	// Malformed: something in the repository has a wrong form, is truncated, or is not what
	// was signed.
	Malformed Kind = iota
	// Unreachable: the mirror did not answer, or not with a file.
	Unreachable
	// Expired: what the mirror has is no longer valid.
	Expired
	// RolledBack: what the mirror has is older than what was verified before.
	RolledBack
	// WronglySigned: the known keys did not sign it.
	WronglySigned
	// TooLong: it is larger than the limit.
	TooLong
	// Unusable: it is signed and complete, but lacks a target, or the caller's Check refuses
	// one.
	Unusable
	// Local: reading or writing on this machine failed.
	Local
)

// Error is a failed update. What was verified before stays valid.
type Error struct {
	From string // the mirror's URL, or the name that Verify got
	Kind Kind
	Err  error
}

func (e *Error) Error() string {
	what := map[Kind]string{
		Malformed:     "not what was signed",
		Expired:       "expired",
		RolledBack:    "rolled back",
		WronglySigned: "wrongly signed",
		TooLong:       "too long",
		Unusable:      "cannot be used",
	}[e.Kind]
	if what == "" { // the cause names the file
		return e.Err.Error()
	}
	return fmt.Sprintf("%s: %s: %v", e.From, what, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// localError is an error on this machine, and not of the repository.
type localError struct{ error }

func (e *localError) Unwrap() error { return e.error }

// unusableError is a missing target, or the error of its Check.
type unusableError struct{ error }

func (e *unusableError) Unwrap() error { return e.error }

// newError returns an error of go-tuf or the mirror with its Kind. If go-tuf cannot write a
// file, it returns the system's error.
func newError(from string, err error) *Error {
	var (
		fetch    *fetchError
		local    *localError
		file     *fs.PathError
		unusable *unusableError
		status   *metadata.ErrDownloadHTTP
		length   *metadata.ErrDownloadLengthMismatch
		expired  *metadata.ErrExpiredMetadata
		version  *metadata.ErrBadVersionNumber
		unsigned *metadata.ErrUnsignedMetadata
	)
	e := &Error{From: from, Err: err}
	switch {
	case errors.As(err, &fetch):
		e.Kind = Unreachable
	case errors.As(err, &unusable):
		e.Kind = Unusable
	case errors.As(err, &local), errors.As(err, &file):
		e.Kind = Local
	case errors.As(err, &status):
		e.Kind, e.Err = Unreachable, fmt.Errorf("%s: %d %s", status.URL, status.StatusCode, http.StatusText(status.StatusCode))
	case errors.As(err, &length):
		e.Kind, e.Err = TooLong, errors.New(length.Msg)
	case errors.As(err, &expired):
		e.Kind, e.Err = Expired, errors.New(expired.Msg)
	case errors.As(err, &version):
		e.Kind, e.Err = RolledBack, errors.New(version.Msg)
	case errors.As(err, &unsigned):
		e.Kind, e.Err = WronglySigned, errors.New(unsigned.Msg)
	}
	return e
}
