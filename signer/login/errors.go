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

// Problem is what a login failed of.
type Problem string

// The problems of an Error.
const (
	Denied     Problem = "denied"       // by the person or the provider
	TimedOut   Problem = "timed out"    // nobody logged in
	Canceled   Problem = "canceled"     // the caller ended the context
	PortInUse  Problem = "port in use"  // that the provider is to send the browser to
	NoBrowser  Problem = "no browser"   // could be opened, and nobody sees the address
	NoDevice   Problem = "no device"    // flow at this provider
	NotShown   Problem = "not shown"    // the code, to anybody
	Refused    Problem = "refused"      // the request, by the provider
	BadAddress Problem = "bad address"  // the issuer's, one that it sent, or the redirect's
	BadAnswer  Problem = "bad answer"   // of the provider
	BadToken   Problem = "bad ID token" // or none
)

// Error is a login that failed for another reason than that the provider did
// not answer, which is a *signer.ServiceError. It holds neither code nor token.
type Error struct {
	Problem Problem
	Issuer  string
	Detail  string
	Err     error // nil unless another error stands behind it
}

func (e *Error) Error() string {
	text := fmt.Sprintf("login at %s: %s", e.Issuer, e.Detail)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// explain makes an error of the libraries one of this package's.
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
	case errors.As(err, &refused): // its text may be a page, or hold what was sent
		return t.refuse(statusError(refused.Response.StatusCode, "no reason given"))
	case errors.As(err, &request):
		return t.refuse(request.Err)
	}
	return t.refuse(fmt.Errorf("answer: %w", plain(err)))
}

// statusError is an answer that is no success, and no error as OAuth has it.
func statusError(status int, detail string) error {
	return fmt.Errorf("HTTP %d %s: %s", status, http.StatusText(status), detail)
}

// refusal is an error code (RFC 6749 §5.2, §4.1.2.1) that the provider sends, here or through the browser.
func refusal(issuer, code, description string) *Error {
	e := &Error{Problem: Refused, Issuer: issuer, Detail: "the provider refuses: " + excerpt(code)}
	switch code {
	case "access_denied":
		e.Problem, e.Detail = Denied, "denied there"
	case "expired_token":
		e.Problem, e.Detail = TimedOut, "nobody entered the code while it was valid"
	}
	if description != "" {
		e.Err = fmt.Errorf("%q", excerpt(description))
	}
	return e
}

// ended is the error of a login whose context has ended while a person was
// waited for; nobody says how it ended when it was not the caller's doing.
func ended(ctx context.Context, issuer, nobody string) error {
	if ctx.Err() != nil {
		return &Error{Problem: Canceled, Issuer: issuer, Detail: "interrupted", Err: ctx.Err()}
	}
	return &Error{Problem: TimedOut, Issuer: issuer, Detail: nobody}
}

// plain is an error of the libraries without their names in front and without
// what it quotes of an answer at length.
func plain(err error) error {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "oauth2: "), "oidc: ")
	return errors.New(excerpt(text))
}

// excerpt is the beginning of what somebody else wrote, on one line and without
// tokens: errors stand on the last page, too.
func excerpt(text string) string {
	text = signer.Redact(text)
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	if len(text) > maxExcerpt {
		text = strings.ToValidUTF8(text[:maxExcerpt], "") + "…"
	}
	return text
}

// listenError is an error of opening a port without the address, which its
// caller names.
func listenError(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
