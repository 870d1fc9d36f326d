package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/git-seal/git-seal/signer"
)

var _ signer.TokenSource = (*Device)(nil)

// Device logs in with a browser on any device: the user opens an address and enters a
// code there (RFC 8628).
type Device struct {
	Provider

	// Wait is how long to wait for the login, if the code is valid that long; 0:
	// DefaultWait.
	Wait time.Duration

	// Show is called with what the user needs; required. Its error ends the login.
	Show func(DeviceCode) error
}

// DeviceCode is what the user needs to log in on another device. It contains only
// printable characters, whatever the provider sent.
type DeviceCode struct {
	URL         string // where to enter the code
	CompleteURL string // with the code in it; "" if the provider has none
	UserCode    string
	Expires     time.Time // zero if the provider does not say
}

// Token logs in. Its errors are *Error, *signer.ServiceError and those of Show. It ends
// at once when ctx ends.
func (d *Device) Token(ctx context.Context) (string, error) {
	ctx, s, err := d.discover(ctx)
	if err != nil {
		return "", err
	}
	if s.config.Endpoint.DeviceAuthURL == "" {
		return "", &Error{Problem: NoDevice, Issuer: d.Issuer, Detail: "the provider offers no login with a code"}
	}
	verifier := oauth2.GenerateVerifier() // RFC 8628 does not mention it; Sigstore's provider checks it, others ignore it
	answer, err := s.config.DeviceAuth(ctx, append(d.connector(), oauth2.S256ChallengeOption(verifier))...)
	if err != nil {
		return "", s.transport.explain(err)
	}
	code, err := d.deviceCode(answer)
	if err != nil {
		return "", err
	}
	if err := d.Show(code); err != nil {
		return "", &Error{Problem: NotShown, Issuer: d.Issuer, Detail: "cannot show the code", Err: err}
	}
	token, err := d.await(ctx, s, answer, verifier)
	if err != nil {
		return "", err
	}
	who, err := s.identity(ctx, token, "") // the flow has no nonce: the device code, which only this process has, binds the answer
	return who.token, err
}

// await waits for the login while the code is valid.
func (d *Device) await(ctx context.Context, s *session, a *oauth2.DeviceAuthResponse, verifier string) (*oauth2.Token, error) {
	wait := d.Wait
	if wait <= 0 {
		wait = DefaultWait
	}
	person, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	valid := person
	if !a.Expiry.IsZero() {
		valid, cancel = context.WithDeadline(person, a.Expiry)
		defer cancel()
	}
	token, err := s.poll(valid, a, verifier)
	switch {
	case person.Err() != nil:
		return nil, ended(ctx, d.Issuer, fmt.Sprintf("no one entered the code within %s", wait))
	case valid.Err() != nil:
		return nil, ended(ctx, d.Issuer, "no one entered the code before it expired")
	}
	return token, err
}

// deviceCode checks the provider's answer (RFC 8628 §3.2) before anything in it is shown
// or used.
func (d *Device) deviceCode(a *oauth2.DeviceAuthResponse) (DeviceCode, error) {
	bad := func(detail string, err error) (DeviceCode, error) {
		return DeviceCode{}, &Error{Problem: BadAnswer, Issuer: d.Issuer, Detail: detail, Err: err}
	}
	c := DeviceCode{URL: a.VerificationURI, CompleteURL: a.VerificationURIComplete, UserCode: a.UserCode, Expires: a.Expiry}
	if a.DeviceCode == "" || c.UserCode == "" {
		return bad("the provider's answer contains no code", nil)
	}
	for _, text := range []string{c.URL, c.CompleteURL, c.UserCode} {
		if len(text) > maxShown || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			return bad("the provider's answer is too long or not safe to show on a terminal", nil)
		}
	}
	for _, address := range []string{c.URL, c.CompleteURL} {
		if err := checkAddress(address); err != nil && address != "" || c.URL == "" {
			return bad("the address for entering the code", err)
		}
	}
	if a.Interval < 0 || time.Duration(a.Interval) > maxInterval/time.Second {
		return bad(fmt.Sprintf("the provider wants %d s between requests", a.Interval), nil)
	}
	return c, nil
}

// poll requests the token until there is one (RFC 8628 §3.4, §3.5). oauth2's
// DeviceAccessToken gives up when one answer is lost; the RFC tells clients to back off
// and try again.
func (s *session) poll(ctx context.Context, a *oauth2.DeviceAuthResponse, verifier string) (*oauth2.Token, error) {
	pause := defaultInterval
	if a.Interval > 0 {
		pause = time.Duration(a.Interval) * time.Second
	}
	lost := 0
	for {
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
		// Exchange requests any grant; an empty code counts as none (RFC 6749 §3.2).
		token, err := s.config.Exchange(ctx, "",
			oauth2.SetAuthURLParam("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
			oauth2.SetAuthURLParam("device_code", a.DeviceCode),
			oauth2.VerifierOption(verifier))
		if err == nil {
			return token, nil
		}
		failure := s.transport.explain(err)
		switch refused := (*oauth2.RetrieveError)(nil); {
		case errors.As(err, &refused) && refused.ErrorCode == "authorization_pending":
			lost = 0
		case errors.As(err, &refused) && refused.ErrorCode == "slow_down":
			lost = 0
			pause += slowDown
		case isTransient(failure) && lost < maxLost:
			lost++
			pause *= 2
		default:
			return nil, failure
		}
	}
}

// isTransient reports whether a request got no answer, or one from a server that is busy
// or has a fault, rather than a refusal.
func isTransient(err error) bool {
	var service *signer.ServiceError
	return errors.As(err, &service) && !errors.Is(err, context.Canceled) &&
		(service.Status == 0 || service.Status == http.StatusTooManyRequests || service.Status >= http.StatusInternalServerError)
}
