// Package signer makes a signature for an identity, from an ID token, an ephemeral key,
// a certificate, signed attributes, a log entry and a timestamp. It does not verify the
// signature: its caller does, before anyone sees it.
//
// The package itself implements clients for the four small APIs (Fulcio's signingCert,
// log entries of Rekor v1 and v2, RFC 3161). sigstore-go's pkg/sign links Rekor's
// generated client. That nearly doubles the program (19.0 MB instead of 10.4 MB for
// signing alone) and costs 2 ms of CPU at every start, also for verifying. Its clients
// for certificates and timestamps do not end with their context. Tests check that this
// package sends what pkg/sign sends, and reads the answers in the same way.
package signer

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"golang.org/x/sync/errgroup"

	"github.com/git-seal/git-seal/cms"
)

// Options says where and how a Signer signs.
type Options struct {
	Services  Services
	Timestamp TimestampMode     // "": TimestampAuto
	Audience  string            // that tokens must have; "": DefaultAudience
	Issuers   []string          // the accepted issuers of tokens; one that ends in "/*" stands for one more path segment; none: any
	Timeout   time.Duration     // of each network step, with all its attempts; 0: DefaultTimeout
	Transport http.RoundTripper // nil: one like http.DefaultTransport
	Now       func() time.Time  // the local clock, time.Now; required

	// BeforeSend is called once for each signature, after the token has been read and
	// checked, and before anything of it is sent to a service. What a certificate and a
	// log publish cannot be removed. Sign returns the error of BeforeSend and ends. It
	// may be nil.
	BeforeSend func(ctx context.Context, id Identity) error

	// Trace is called after each request, never twice at the same time; it may be nil.
	Trace func(Exchange)
	// Warn is called with each warning, possibly from several Signs at the same time;
	// it may be nil.
	Warn func(string)
}

// Signer makes signatures. It is safe for use by several goroutines.
type Signer struct {
	plan     plan
	client   *client
	ask      func(context.Context, Identity) error // before anything is sent
	audience string
	issuers  []string
	now      func() time.Time
	warn     func(string)
}

// Signature is a signature in the form of docs/format.md. Its mathematics have been
// checked, but not whether to trust the authority, the log and the timestamp authority.
type Signature struct {
	DER         []byte // CMS SignedData
	PEM         []byte // the same as git stores it
	Certificate *x509.Certificate
}

// New returns a Signer for the services. It returns an error if the services could not
// prove the time of signing, for a URL that is not http or https, and if the token would
// be sent to Fulcio unencrypted. It sends no requests.
func New(o Options) (*Signer, error) {
	plan, err := newPlan(o.Services, o.Timestamp)
	if err != nil {
		return nil, err
	}
	o, err = o.withDefaults()
	if err != nil {
		return nil, err
	}
	if o.Audience == "" {
		o.Audience = DefaultAudience
	}
	if o.BeforeSend == nil {
		o.BeforeSend = func(context.Context, Identity) error { return nil }
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	return &Signer{
		plan:     plan,
		client:   newClient(o),
		ask:      o.BeforeSend,
		audience: o.Audience,
		issuers:  o.Issuers,
		now:      o.Now,
		warn:     o.Warn,
	}, nil
}

// withDefaults checks and fills in what every request needs.
func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Now == nil:
		return o, errors.New("signer: no clock")
	case o.Timeout < 0:
		return o, fmt.Errorf("timeout %s is negative", o.Timeout)
	case o.Timeout == 0:
		o.Timeout = DefaultTimeout
	}
	return o, nil
}

// Sign signs the payload as the holder of the token from src. The key exists only during
// this call. When ctx ends, the current step ends at once. Errors are *TokenError,
// *ServiceError, those of src and BeforeSend, or say what in the signature does not have
// the form of docs/format.md.
//
// The payload is not sent: the services get only digests of digests of it.
func (s *Signer) Sign(ctx context.Context, payload []byte, src TokenSource) (*Signature, error) {
	var key *ecdsa.PrivateKey // made while waiting for the token
	var made errgroup.Group
	made.Go(func() (err error) {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return err
	})
	raw, err := src.Token(ctx)
	if err != nil {
		return nil, err
	}
	token, err := parseToken(raw)
	if err != nil {
		return nil, err
	}
	if err := token.check(s.now(), s.audience, s.issuers); err != nil {
		return nil, err
	}
	if err := s.ask(ctx, token.identity()); err != nil {
		return nil, err
	}
	if err := made.Wait(); err != nil {
		return nil, fmt.Errorf("ephemeral key: %w", err)
	}
	certificate, err := s.requestCertificate(ctx, key, token)
	if err != nil {
		return nil, err
	}
	attrs, err := s.signedAttrs(payload, certificate)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(attrs)
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	p := &proposal{digest: digest[:], signature: signature, certificate: certificate}
	entry, timestamp, err := s.requestEvidence(ctx, p)
	if err != nil {
		return nil, err
	}
	der, err := cms.Marshal(cms.Parts{
		Certificate:    certificate,
		SignedAttrs:    attrs,
		Signature:      signature,
		LogEntry:       entry,
		TimeStampToken: timestamp,
	})
	if err != nil {
		return nil, fmt.Errorf("assembled signature: %w", err)
	}
	return &Signature{DER: der, PEM: cms.EncodePEM(der), Certificate: certificate}, nil
}

// signedAttrs returns what is signed. It warns of a wrong clock and of a certificate
// without a certificate timestamp.
func (s *Signer) signedAttrs(payload []byte, c *x509.Certificate) ([]byte, error) {
	at, off := signingTime(c, s.now())
	if off != 0 {
		direction := "ahead of"
		if off < 0 {
			off, direction = -off, "behind"
		}
		s.warn(fmt.Sprintf("the local clock is at least %s %s the certificate authority's; the signature claims the time %s",
			roundedDuration(off), direction, at.UTC().Format(time.RFC3339)))
	}
	if !hasSCT(c) {
		s.warn("the certificate has no certificate timestamp: a policy that requires one will not allow the signature")
	}
	digest := sha256.Sum256(payload)
	return cms.NewSignedAttrs(digest[:], at)
}

// requestEvidence calls the log and the timestamp authority at the same time. It returns
// the first failure, which stops the other call.
func (s *Signer) requestEvidence(ctx context.Context, p *proposal) (entry *rekorv1.TransparencyLogEntry, timestamp []byte, err error) {
	g, ctx := errgroup.WithContext(ctx)
	if s.plan.log != nil {
		g.Go(func() (err error) {
			entry, err = s.uploadEntry(ctx, p)
			return err
		})
	}
	if s.plan.timestamp != "" {
		g.Go(func() (err error) {
			timestamp, err = s.requestTimestamp(ctx, p.signature)
			return err
		})
	}
	err = g.Wait()
	return entry, timestamp, err
}
