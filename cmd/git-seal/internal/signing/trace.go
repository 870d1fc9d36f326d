package signing

import (
	"context"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/signer"
)

// traceToken returns a source of the same ID token that traces how long a file, a
// service or a person took, and never the token.
func traceToken(h *host.Host, t tokenOrigin) signer.TokenSource {
	if h.Trace == nil {
		return t.source
	}
	return tracedToken{h, t}
}

type tracedToken struct {
	host *host.Host
	of   tokenOrigin
}

func (t tracedToken) Token(ctx context.Context) (string, error) {
	start := t.host.Now()
	token, err := t.of.source.Token(ctx)
	end := "read"
	if err != nil {
		end = err.Error()
	}
	t.host.TraceLine("ID token ("+t.of.from+"): "+end, t.host.Now().Sub(start))
	return token, err
}
