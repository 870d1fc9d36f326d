package main

import (
	"bytes"
	"context"
	"strings"
)

// waysOut say how git makes an object without a signature, by how the object
// begins that git wants to have signed.
var waysOut = []struct{ beginning, hint string }{
	{"tree ", "--no-gpg-sign commits without a signature for now"},
	{"object ", "--no-sign tags without a signature for now"},
	{"certificate version ", "--no-signed pushes without a push certificate for now"},
}

// withWayOut adds to a failure's hint how to go on without a signature. Who has
// interrupted git needs no way out.
func withWayOut(ctx context.Context, err error, payload []byte) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	for _, w := range waysOut {
		if bytes.HasPrefix(payload, []byte(w.beginning)) {
			f := *asFailure(err, exitNotGood)
			switch {
			case strings.HasSuffix(f.hint, "?"):
				f.hint += " "
			case f.hint != "":
				f.hint += "; "
			}
			f.hint += w.hint
			return &f
		}
	}
	return err
}
