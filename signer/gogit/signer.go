// Package gogit signs the commits and tags that go-git makes: its Signer implements the
// git.Signer of go-git's CommitOptions. It imports nothing of go-git.
package gogit

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/signer"
)

// maxPayload limits the size of a message to sign, in bytes: verifiers refuse larger
// objects (git.MaxObjectSize).
const maxPayload = 16 << 20

// Options are the parts of a Signer. All are required.
type Options struct {
	Signer *signer.Signer
	Tokens signer.TokenSource

	// Check verifies each new signature, in its armor, before go-git gets it; if it
	// returns an error, the object gets no signature. The signer does not verify its
	// signatures, and it is too late when others fetch a signature that is not valid.
	// verifier/gogit has a Check that requires a good verdict.
	Check func(payload, pem []byte) error
}

// Signer signs for go-git. It is safe for use by several goroutines.
type Signer struct {
	ctx     context.Context
	options Options
}

// New returns a Signer whose signatures end with ctx. go-git's interface has no context,
// so a Signer is for one task; make a new one for the next. A missing option is an error.
func New(ctx context.Context, o Options) (*Signer, error) {
	switch {
	case ctx == nil:
		return nil, errors.New("gogit: no context")
	case o.Signer == nil:
		return nil, errors.New("gogit: no signer")
	case o.Tokens == nil:
		return nil, errors.New("gogit: no token source")
	case o.Check == nil:
		return nil, errors.New("gogit: no check for new signatures")
	}
	return &Signer{ctx: ctx, options: o}, nil
}

// Sign returns the signature over the message, which is the encoded object without a
// signature, in the armor that git stores. The signature has passed Check, and its
// mathematics a second implementation of CMS. Errors are those of signer.Signer's Sign, of
// Check and of reading the message.
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
		return nil, fmt.Errorf("the new signature is not valid: the second implementation refused it: %w", err)
	}
	if err := s.options.Check(payload, signature.PEM); err != nil {
		return nil, fmt.Errorf("the new signature is not valid: %w", err)
	}
	return signature.PEM, nil
}
