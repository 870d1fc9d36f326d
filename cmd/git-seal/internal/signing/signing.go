package signing

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier/trust"
)

// Signature returns a signature made with the services that the settings name.
func Signature(ctx context.Context, h *host.Host, vals settings.Values, trees []string, payload []byte, roots []*trust.Root) (*signer.Signature, signer.Services, error) {
	services, err := instance.Services(h, vals, trees)
	if err != nil {
		return nil, services, why.Because(why.Services, err)
	}
	token, err := Token(h, vals, services)
	if err != nil {
		return nil, services, why.Because(why.TokenMissing, err)
	}
	o := signer.Options{
		Services:  services,
		Timestamp: signer.TimestampMode(vals.Text(settings.Timestamp, "")),
		Audience:  vals.Text(settings.ClientID, ""),
		Issuers:   token.issuers,
		Timeout:   vals.Timeout(),
		Now:       h.Now,
		Warn:      func(w string) { h.Warn("%s", w) },

		BeforeSend: beforeSend(h, vals, services, payload),
	}
	if h.Trace != nil {
		o.Trace = h.TraceRequest
	}
	s, err := signer.New(o)
	if err != nil {
		return nil, services, why.Because(why.Services, err)
	}
	signature, err := s.Sign(ctx, payload, traceToken(h, token))
	if bad := (*signer.TokenError)(nil); errors.As(err, &bad) && !strings.Contains(bad.Detail, token.from) {
		err = fmt.Errorf("%s: %w", token.from, err)
	}
	return signature, services, err
}
