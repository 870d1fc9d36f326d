package signer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/git-seal/git-seal/cms"
)

// Service says which of the services a ServiceError is about.
type Service string

// The services that take part in a signature.
const (
	Fulcio             Service = "fulcio"
	Rekor              Service = "rekor"
	TimestampAuthority Service = "timestamp authority"
)

// ServiceError is a service that did not answer, or did not answer as it should.
// It holds neither token nor key.
type ServiceError struct {
	Service Service
	URL     string        // as configured; "" where that is no address
	Elapsed time.Duration // from the first request to the error
	// Attempts is how many requests were sent: more than one where a failure
	// might have passed.
	Attempts int
	Status   int // of the last answer; 0 when there was none
	// Err is context.DeadlineExceeded when the time was up, context.Canceled
	// when the caller ended the context, and else says what was wrong.
	Err error
}

func (e *ServiceError) Error() string {
	if e.URL == "" { // nobody was asked
		return fmt.Sprintf("%s: %v", e.Service, e.Err)
	}
	return fmt.Sprintf("%s %s: %s", e.Service, e.URL, e.cause())
}

func (e *ServiceError) Unwrap() error { return e.Err }

// cause says what was wrong, and how long it took to find out.
func (e *ServiceError) cause() string {
	took := roundedDuration(e.Elapsed)
	switch {
	case errors.Is(e.Err, context.Canceled):
		return "interrupted after " + took
	case errors.Is(e.Err, context.DeadlineExceeded) && e.Attempts > 1:
		return fmt.Sprintf("no answer in %s (%d attempts)", took, e.Attempts)
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "no answer in " + took
	case e.Attempts > 1:
		return fmt.Sprintf("%v (%d attempts in %s)", e.Err, e.Attempts, took)
	}
	return fmt.Sprintf("%v (after %s)", e.Err, took)
}

// RedirectError is a redirect that was not followed: the Err of a ServiceError.
type RedirectError string

func (e RedirectError) Error() string { return string(e) }

// CleartextError is an address that was not asked, since a token would have
// travelled there in the clear.
type CleartextError string

func (e CleartextError) Error() string { return string(e) }

// roundedDuration renders d in the precision that people read.
func roundedDuration(d time.Duration) string {
	if d >= time.Second {
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}

// formError says of an answer what package cms says of signatures: what is wrong
// with its form.
func formError(what string, err error) error {
	var malformed *cms.MalformedError
	var unsupported *cms.UnsupportedError
	switch {
	case errors.As(err, &malformed):
		return fmt.Errorf("not a valid %s: %s: %s", what, malformed.Field, malformed.Reason)
	case errors.As(err, &unsupported):
		return fmt.Errorf("a %s of a form that is not stored: %s: %s", what, unsupported.Field, unsupported.Reason)
	}
	return err
}

// TokenProblem is what is wrong with an ID token.
type TokenProblem string

// The problems of a TokenError.
const (
	TokenMissing     TokenProblem = "missing"       // no file, or nothing in it
	TokenUnreadable  TokenProblem = "unreadable"    // the file is there and cannot be read
	TokenMalformed   TokenProblem = "malformed"     // not a JWT, or a claim is missing or of the wrong type
	TokenExpired     TokenProblem = "expired"       // by more than an hour, or Fulcio refused it and it is out of date here
	TokenNotYetValid TokenProblem = "not yet valid" // by more than an hour
	TokenAudience    TokenProblem = "audience"      // made for another service
	TokenIssuer      TokenProblem = "issuer"        // of another provider than the one that was asked for
	TokenUnverified  TokenProblem = "unverified"    // the issuer does not vouch for the e-mail address
)

// TokenError is an ID token that cannot be used. Nothing of the token but
// claims that name what is wrong (audience, time, address) is in it.
type TokenError struct {
	Reason TokenProblem
	Detail string
	Err    error // nil unless another error stands behind it
}

func (e *TokenError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("id token: %s: %v", e.Detail, e.Err)
	}
	return "id token: " + e.Detail
}

func (e *TokenError) Unwrap() error { return e.Err }
