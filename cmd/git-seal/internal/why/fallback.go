package why

import (
	"bytes"
	"context"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// fallbacks say how git makes an object without a signature, by the beginning of the
// object that git wants signed.
var fallbacks = []struct{ beginning, hint string }{
	{"tree ", "to commit without a signature, use --no-gpg-sign"},
	{"object ", "to tag without a signature, use --no-sign"},
	{"certificate version ", "to push without a push certificate, use --no-signed"},
}

// WithFallback adds to a failure's hint how to go on without a signature. It adds
// nothing if the user interrupted git.
func WithFallback(ctx context.Context, err error, payload []byte) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	for _, w := range fallbacks {
		if bytes.HasPrefix(payload, []byte(w.beginning)) {
			f := *From(err, host.ExitNotGood)
			if f.Hint != "" {
				f.Hint += "; "
			}
			f.Hint += w.hint
			return &f
		}
	}
	return err
}
