package why

import (
	"bytes"
	"context"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// waysOut say how git makes an object without a signature, by how the object
// begins that git wants to have signed.
var waysOut = []struct{ beginning, hint string }{
	{"tree ", "--no-gpg-sign commits without a signature for now"},
	{"object ", "--no-sign tags without a signature for now"},
	{"certificate version ", "--no-signed pushes without a push certificate for now"},
}

// WithWayOut adds to a failure's hint how to go on without a signature. Who has
// interrupted git needs no way out.
func WithWayOut(ctx context.Context, err error, payload []byte) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	for _, w := range waysOut {
		if bytes.HasPrefix(payload, []byte(w.beginning)) {
			f := *From(err, host.ExitNotGood)
			switch {
			case strings.HasSuffix(f.Hint, "?"):
				f.Hint += " "
			case f.Hint != "":
				f.Hint += "; "
			}
			f.Hint += w.hint
			return &f
		}
	}
	return err
}
