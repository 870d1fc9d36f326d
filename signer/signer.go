// Package signer turns an identity into a signature: an ID token, an ephemeral
// key, a certificate, signed attributes, log entry and timestamp. It does not
// judge what it made: its caller verifies before anybody sees it.
//
// It speaks plain HTTP to the four small APIs itself (Fulcio's signingCert,
// Rekor v1's and v2's log entries, RFC 3161). sigstore-go's pkg/sign links
// Rekor's generated client: that nearly doubles the program (19.0 MB against
// 10.4 MB for nothing but signing) and costs every run, verifying ones too,
// 2 ms of CPU at start; and its clients for certificates and timestamps do not
// end with their context. Tests hold that what is sent is what pkg/sign sends,
// and that the answers are read alike.
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
	Audience  string            // that tokens must be for; "": DefaultAudience
	Issuers   []string          // that tokens must be of, each whole, or with one more path segment where it ends in "/*"; none: any
	Timeout   time.Duration     // of each network step, with every attempt at it; 0: DefaultTimeout
	Transport http.RoundTripper // nil: one like http.DefaultTransport
	Now       func() time.Time  // the local clock, time.Now; required

	// BeforeSend is called once for each signature, when the token has been
	// read and checked and before anything of it leaves for any service. What
	// a certificate and a log show cannot be taken back: an error ends Sign,
	// and is what it returns. nil for nobody to ask.
	BeforeSend func(ctx context.Context, id Identity) error

	// Trace is called after each request, never twice at the same time; nil
	// for no trace.
	Trace func(Exchange)
	// Warn is called with what does not keep the signature from being made,
	// as it is found; possibly from several Signs at the same time. nil for
	// nobody to tell.
	Warn func(string)
}

// Signer makes signatures. It is safe for use by several goroutines.
type Signer struct {
	plan     plan
	client   *client
	ask      func(context.Context, Identity) error // before anything leaves
	audience string
	issuers  []string
	now      func() time.Time
	warn     func(string)
}

// Signature is a signature in the form of docs/format.md. Its mathematics have
// been checked; whether authority, log and timestamp authority are to be
// trusted has not.
type Signature struct {
	DER         []byte // CMS SignedData
	PEM         []byte // the same as git stores it
	Certificate *x509.Certificate
}

// New returns a Signer for the services. Services that could not prove the time
// of signing, addresses that are not http or https, and a Fulcio that the token
// would reach in the clear are errors. Nothing is asked of anybody yet.
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
		return o, fmt.Errorf("timeout %s: negative", o.Timeout)
	case o.Timeout == 0:
		o.Timeout = DefaultTimeout
	}
	return o, nil
}

// Sign signs the payload as the holder of the token that src hands out. The key
// lives as long as this call. When ctx ends, whatever step is under way ends at
// once. Errors are *TokenError, *ServiceError, src's and BeforeSend's own, or say
// what in the finished signature is not of the form of docs/format.md.
//
// The payload itself goes nowhere: the services see digests of digests of it.
func (s *Signer) Sign(ctx context.Context, payload []byte, src TokenSource) (*Signature, error) {
	var key *ecdsa.PrivateKey // made while the token is awaited
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
		return nil, fmt.Errorf("signature as put together: %w", err)
	}
	return &Signature{DER: der, PEM: cms.EncodePEM(der), Certificate: certificate}, nil
}

// signedAttrs returns what is signed, and warns of what the certificate shows.
func (s *Signer) signedAttrs(payload []byte, c *x509.Certificate) ([]byte, error) {
	at, off := signingTime(c, s.now())
	if off != 0 {
		direction := "ahead of"
		if off < 0 {
			off, direction = -off, "behind"
		}
		s.warn(fmt.Sprintf("the local clock is %s or more %s the certificate authority's: the signature says %s",
			roundedDuration(off), direction, at.UTC().Format(time.RFC3339)))
	}
	if !hasSCT(c) {
		s.warn("the certificate carries no signed certificate timestamp: a verifier that asks for one will not accept the signature")
	}
	digest := sha256.Sum256(payload)
	return cms.NewSignedAttrs(digest[:], at)
}

// requestEvidence asks log and timestamp authority at the same time. The first
// failure stops the other and is the one returned.
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
