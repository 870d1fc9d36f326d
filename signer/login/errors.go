package login

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/git-seal/git-seal/signer"
)

// Problem is why a login failed.
type Problem string

// The problems of an Error.
const (
	Denied     Problem = "denied"       // by the user or the provider
	TimedOut   Problem = "timed out"    // no one logged in
	Canceled   Problem = "canceled"     // the caller ended the context
	PortInUse  Problem = "port in use"  // the one that the browser comes back to
	NoBrowser  Problem = "no browser"   // none could be opened, and no one sees the address
	NoDevice   Problem = "no device"    // the provider has no device flow
	NotShown   Problem = "not shown"    // the code could not be shown
	Refused    Problem = "refused"      // the provider refused the request
	BadAddress Problem = "bad address"  // the issuer's, one that it sent, or the redirect URL
	BadAnswer  Problem = "bad answer"   // by the provider
	BadToken   Problem = "bad ID token" // or no ID token
)

// Error is a login that failed, except because the provider did not answer, which is a
// *signer.ServiceError. It contains neither a code nor a token.
type Error struct {
	Problem Problem
	Issuer  string
	Detail  string
	Err     error // nil unless another error is the cause
}

func (e *Error) Error() string {
	text := fmt.Sprintf("login at %s: %s", e.Issuer, e.Detail)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// explain returns an error of the libraries as one of this package.
func (t *transport) explain(err error) error {
	var service *signer.ServiceError
	var own *Error
	var refused *oauth2.RetrieveError
	var request *url.Error
	switch {
	case errors.As(err, &service):
		return service
	case errors.As(err, &own):
		return own
	case errors.As(err, &refused) && refused.ErrorCode != "":
		return refusal(t.issuer, refused.ErrorCode, refused.ErrorDescription)
	case errors.As(err, &refused): // its text may be a page, or contain what was sent
		return t.refuse(statusError(refused.Response.StatusCode, "no reason given"))
	case errors.As(err, &request):
		return t.refuse(request.Err)
	}
	return t.refuse(fmt.Errorf("answer: %w", plain(err)))
}

// statusError returns the error for an answer that is neither a success nor an OAuth
// error.
func statusError(status int, detail string) error {
	return fmt.Errorf("HTTP %d %s: %s", status, http.StatusText(status), detail)
}

// refusal returns the error for an error code (RFC 6749 §5.2, §4.1.2.1) that the
// provider sent, directly or through the browser.
func refusal(issuer, code, description string) *Error {
	e := &Error{Problem: Refused, Issuer: issuer, Detail: "the provider refused: " + excerpt(code)}
	switch code {
	case "access_denied":
		e.Problem, e.Detail = Denied, "denied at the provider"
	case "expired_token":
		e.Problem, e.Detail = TimedOut, "no one entered the code before it expired"
	}
	if description != "" {
		e.Err = fmt.Errorf("%q", excerpt(description))
	}
	return e
}

// ended returns the error for a login whose context ended while it waited for the user.
// If the caller did not end it, timedOut says what did not happen.
func ended(ctx context.Context, issuer, timedOut string) error {
	if ctx.Err() != nil {
		return &Error{Problem: Canceled, Issuer: issuer, Detail: "interrupted", Err: ctx.Err()}
	}
	return &Error{Problem: TimedOut, Issuer: issuer, Detail: timedOut}
}

// plain returns an error of the libraries without their names at the beginning, and
// without long quotes of an answer.
func plain(err error) error {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "oauth2: "), "oidc: ")
	return errors.New(excerpt(text))
}

// excerpt returns the beginning of a text from elsewhere, on one line and without
// tokens, because errors also appear on the last page.
func excerpt(text string) string {
	text = signer.Redact(text)
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	if len(text) > maxExcerpt {
		text = strings.ToValidUTF8(text[:maxExcerpt], "") + "…"
	}
	return text
}

// listenError returns an error of opening a port without the address, which the caller
// names.
func listenError(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
