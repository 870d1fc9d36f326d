package login

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/git-seal/git-seal/signer"
)

var _ signer.TokenSource = (*Browser)(nil)

// Browser logs in with a browser on this machine, which comes back to a loopback address
// with a code.
type Browser struct {
	Provider

	// RedirectURL is the address that the browser comes back to (see CheckRedirectURL);
	// "" for a free port.
	RedirectURL string
	// Command is the program that opens a browser, and its arguments; the address is
	// added to them. None: the default browser of this machine.
	Command []string
	// Wait is how long to wait for the login; 0: DefaultWait.
	Wait time.Duration

	// ShowURL is called with the address to log in at, before a browser is opened. It
	// is nil if no one can read the address; then the login ends if no browser can be
	// opened.
	ShowURL func(address string)
	// Warn is called with each warning, possibly from several goroutines; it may be
	// nil.
	Warn func(error)
}

// Token logs in. Its errors are *Error and *signer.ServiceError. It ends at once when
// ctx ends.
func (b *Browser) Token(ctx context.Context) (string, error) {
	ctx, s, err := b.discover(ctx)
	if err != nil {
		return "", err
	}
	if err := checkAddress(s.config.Endpoint.AuthURL); err != nil {
		return "", &Error{Problem: BadAddress, Issuer: b.Issuer, Detail: "the provider's login address", Err: err}
	}
	redirect := b.RedirectURL
	if redirect == "" {
		redirect = defaultRedirect
	}
	listeners, at, err := listen(redirect)
	if err != nil {
		return "", &Error{Problem: PortInUse, Issuer: b.Issuer, Detail: fmt.Sprintf("cannot listen at %s for the browser to come back", redirect), Err: listenError(err)}
	}
	s.config.RedirectURL = at.String()

	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	h := &callbackHandler{path: at.Path, issuer: b.Issuer, state: state, warn: b.warn, callbacks: make(chan *callback, 1)}
	stop := serve(listeners, h)
	defer stop()

	address := s.config.AuthCodeURL(state, append(b.connector(), oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))...)
	if b.ShowURL != nil {
		b.ShowURL(address)
	}
	c, err := b.await(ctx, h.callbacks, b.open(address))
	if err != nil {
		return "", err
	}
	who, err := s.redeem(ctx, c, nonce, verifier)
	c.deliver(pageOf(who, err))
	return who.token, err
}

// await waits for the browser to come back.
func (b *Browser) await(ctx context.Context, callbacks <-chan *callback, closed <-chan error) (*callback, error) {
	wait := b.Wait
	if wait <= 0 {
		wait = DefaultWait
	}
	person, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		select {
		case c := <-callbacks:
			return c, nil
		case err := <-closed:
			if wasKilled(err) {
				// Ctrl-C also ends the browser's program, and may end it first.
				_ = sleep(ctx, interruptGrace)
			}
			if ctx.Err() != nil {
				return nil, ended(ctx, b.Issuer, "")
			}
			missing := &Error{Problem: NoBrowser, Issuer: b.Issuer, Detail: "cannot open a browser", Err: err}
			if b.ShowURL == nil {
				return nil, missing
			}
			b.warn(missing)
			closed = nil
		case <-person.Done():
			return nil, ended(ctx, b.Issuer, fmt.Sprintf("no one logged in within %s", wait))
		}
	}
}

func (b *Browser) warn(err error) {
	if b.Warn != nil {
		b.Warn(err)
	}
}

// redeem exchanges a callback's code for an ID token.
func (s *session) redeem(ctx context.Context, c *callback, nonce, verifier string) (identity, error) {
	if c.refused != nil {
		return identity{}, c.refused
	}
	answer, err := s.config.Exchange(ctx, c.code, oauth2.VerifierOption(verifier))
	if err != nil {
		return identity{}, s.transport.explain(err)
	}
	return s.identity(ctx, answer, nonce)
}

// serve answers the browser until stop is called, which ends all connections.
func serve(listeners []net.Listener, h http.Handler) (stop func()) {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		MaxHeaderBytes:    maxCallbackHeader,
		ErrorLog:          log.New(io.Discard, "", 0), // else it writes to stderr
	}
	var serving sync.WaitGroup
	for _, l := range listeners {
		serving.Go(func() { _ = server.Serve(l) }) // ends with ErrServerClosed
	}
	return func() {
		_ = server.Close()
		serving.Wait() // each closes its port
	}
}
