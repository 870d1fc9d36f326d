package tuf

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Kind is why an update failed, as far as somebody could do something about it.
type Kind int

const (
	// Malformed: something of the repository is not what it has to be, is cut
	// off, or is not what was signed.
	Malformed Kind = iota
	// Unreachable: the mirror gave no answer, or none that is a file.
	Unreachable
	// Expired: what the mirror has was good until some time ago.
	Expired
	// RolledBack: the mirror has something older than what was verified before.
	RolledBack
	// WronglySigned: the keys that are known did not sign it.
	WronglySigned
	// TooLong: more bytes than are read.
	TooLong
	// Unusable: signed and whole, but without a target, or with one that the
	// caller's Check refuses.
	Unusable
	// Local: this machine's disk.
	Local
)

// Error is an update that failed. What was verified before it stands.
type Error struct {
	From string // the mirror's URL, or the name that Verify was given
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

// localError is one of this machine and not of the repository.
type localError struct{ error }

func (e *localError) Unwrap() error { return e.error }

// unusableError is a target that is not there, or what its Check found.
type unusableError struct{ error }

func (e *unusableError) Unwrap() error { return e.error }

// newError sorts what go-tuf and the mirror return. What go-tuf cannot write it
// returns as the system's error.
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
