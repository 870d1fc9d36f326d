// Package gogit signs the commits and tags that go-git makes: its Signer is
// the git.Signer of go-git's CommitOptions. It imports nothing of go-git.
package gogit

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/signer"
)

// maxPayload caps a message to be signed, in bytes: verifiers refuse larger
// objects (git.MaxObjectSize).
const maxPayload = 16 << 20

// Options are what a Signer is made of. All are required.
type Options struct {
	Signer *signer.Signer
	Tokens signer.TokenSource

	// Check judges a signature just made, in its armor, before go-git gets
	// it; its error keeps the signature out of the object. The signer does
	// not judge what it makes, and a signature that does not verify is found
	// out about too late when others fetch it: verifier/gogit's Check is one
	// that asks for a good verdict.
	Check func(payload, pem []byte) error
}

// Signer signs for go-git. It is safe for use by several goroutines.
type Signer struct {
	ctx     context.Context
	options Options
}

// New returns a Signer whose signatures end with ctx: go-git's interface has no
// context to hand on, so that a Signer is for one task and is made anew for the
// next. An option that is missing is an error.
func New(ctx context.Context, o Options) (*Signer, error) {
	switch {
	case ctx == nil:
		return nil, errors.New("gogit: no context")
	case o.Signer == nil:
		return nil, errors.New("gogit: no signer")
	case o.Tokens == nil:
		return nil, errors.New("gogit: no source of tokens")
	case o.Check == nil:
		return nil, errors.New("gogit: nothing checks the signatures")
	}
	return &Signer{ctx: ctx, options: o}, nil
}

// Sign returns the signature over the message, which is the encoded object
// without a signature, in the armor that git stores. It has passed Check and,
// as its mathematics go, a second implementation of CMS. Errors are those of
// signer.Signer's Sign, of Check and of reading the message.
func (s *Signer) Sign(message io.Reader) ([]byte, error) {
	payload, err := io.ReadAll(io.LimitReader(message, maxPayload+1))
	if err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("message: longer than %d bytes", maxPayload)
	}
	signature, err := s.options.Signer.Sign(s.ctx, payload, s.options.Tokens)
	if err != nil {
		return nil, err
	}
	if err := cms.SecondOpinion(signature.DER, payload); err != nil {
		return nil, fmt.Errorf("the signature just made does not verify: second opinion: %w", err)
	}
	if err := s.options.Check(payload, signature.PEM); err != nil {
		return nil, fmt.Errorf("the signature just made does not verify: %w", err)
	}
	return signature.PEM, nil
}
