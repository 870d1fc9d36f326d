package signer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/git-seal/git-seal/cms"
)

// Service names the service of a ServiceError.
type Service string

// The services that take part in a signature.
const (
	Fulcio             Service = "Fulcio"
	Rekor              Service = "Rekor"
	TimestampAuthority Service = "timestamp authority"
)

// ServiceError is the failure of a service: no answer, or not the right one. It
// contains neither a token nor a key.
type ServiceError struct {
	Service Service
	URL     string        // as set; "" if it is not a URL
	Elapsed time.Duration // from the first request to the error
	// Attempts is how many requests were sent: more than one after failures that may
	// be temporary.
	Attempts int
	Status   int // of the last answer; 0 if there was none
	// Err is context.DeadlineExceeded if the time was up, context.Canceled if the
	// caller ended the context, and otherwise what was wrong.
	Err error
}

func (e *ServiceError) Error() string {
	if e.URL == "" { // no request was sent
		return fmt.Sprintf("%s: %v", e.Service, e.Err)
	}
	return fmt.Sprintf("%s (%s): %s", e.Service, e.URL, e.cause())
}

func (e *ServiceError) Unwrap() error { return e.Err }

// cause returns what was wrong, and after how long.
func (e *ServiceError) cause() string {
	took := roundedDuration(e.Elapsed)
	switch {
	case errors.Is(e.Err, context.Canceled):
		return "interrupted after " + took
	case errors.Is(e.Err, context.DeadlineExceeded) && e.Attempts > 1:
		return fmt.Sprintf("no answer after %s (%d attempts)", took, e.Attempts)
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "no answer after " + took
	case e.Attempts > 1:
		return fmt.Sprintf("%v (%d attempts in %s)", e.Err, e.Attempts, took)
	}
	return fmt.Sprintf("%v (after %s)", e.Err, took)
}

// RedirectError is a redirect that was not followed: the Err of a ServiceError.
type RedirectError string

func (e RedirectError) Error() string { return string(e) }

// CleartextError is an address that got no request, because a token would have been
// sent to it unencrypted.
type CleartextError string

func (e CleartextError) Error() string { return string(e) }

// roundedDuration formats d with the precision that people need.
func roundedDuration(d time.Duration) string {
	if d >= time.Second {
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}

// formError returns an error of package cms about a service's answer, rather than
// about a signature.
func formError(what string, err error) error {
	var malformed *cms.MalformedError
	var unsupported *cms.UnsupportedError
	switch {
	case errors.As(err, &malformed):
		return fmt.Errorf("not a valid %s: %s: %s", what, malformed.Field, malformed.Reason)
	case errors.As(err, &unsupported):
		return fmt.Errorf("unsupported form of the %s: %s: %s", what, unsupported.Field, unsupported.Reason)
	}
	return err
}

// TokenProblem is what is wrong with an ID token.
type TokenProblem string

// The problems of a TokenError.
const (
	TokenMissing     TokenProblem = "missing"       // no file, or an empty one
	TokenUnreadable  TokenProblem = "unreadable"    // the file exists, but cannot be read
	TokenMalformed   TokenProblem = "malformed"     // not a JWT, or a claim is missing or of the wrong type
	TokenExpired     TokenProblem = "expired"       // more than an hour ago, or before Fulcio refused it
	TokenNotYetValid TokenProblem = "not yet valid" // for more than an hour
	TokenAudience    TokenProblem = "audience"      // for another service
	TokenIssuer      TokenProblem = "issuer"        // from another provider than the expected one
	TokenUnverified  TokenProblem = "unverified"    // the issuer has not verified the e-mail address
)

// TokenError is an ID token that cannot be used. Of the token it contains only claims
// that name what is wrong (audience, time, address).
type TokenError struct {
	Reason TokenProblem
	Detail string
	Err    error // nil unless another error is the cause
}

func (e *TokenError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("ID token: %s: %v", e.Detail, e.Err)
	}
	return "ID token: " + e.Detail
}

func (e *TokenError) Unwrap() error { return e.Err }
