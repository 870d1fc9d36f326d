package trusting

import (
	"context"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/verifier/trust/store"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// MaxExport bounds what import reads; the public-good instance's export has
// 60 kB.
const MaxExport = 16 << 20

// TellUpdate says what came of an update, before which something else was kept,
// or nothing.
func TellUpdate(h *host.Host, i *instance.Instance, before *store.Trusted) error {
	out := host.NewOutput(h.Stdout)
	switch {
	case before == nil:
		out.Printf("%s: trusted root of version %d\n", host.Printable(i.Name()), i.Kept.TargetsVersion)
	case before.TargetsVersion == i.Kept.TargetsVersion:
		out.Printf("%s: trusted root of version %d, as before\n", host.Printable(i.Name()), i.Kept.TargetsVersion)
	default:
		out.Printf("%s: trusted root of version %d, before that %d\n", host.Printable(i.Name()), i.Kept.TargetsVersion, before.TargetsVersion)
	}
	if !i.FromTUF() {
		h.Say("the program has a newer one, which counts")
	}
	return out.Close()
}

// Export is what TUF verified last, verified once more: who takes it there
// finds out here, and not where there is no network.
func Export(ctx context.Context, h *host.Host, i *instance.Instance) (text []byte, expires time.Time, err error) {
	if i.Store == nil || i.Kept == nil {
		return nil, expires, host.Fail(host.ExitNotGood, "%w of the TUF repository %s", instance.ErrNeverVerified, i.Mirror).WithHint("git seal trust update asks it")
	}
	unlock, err := i.Lock(ctx)
	if err != nil {
		return nil, expires, instance.UpdateFailure(err, instance.UpdateHints)
	}
	defer unlock()
	last, err := i.ReadRepository()
	if err != nil {
		return nil, expires, host.Fail(host.ExitNotGood, "what TUF verified last: %w", err).WithHint("git seal trust update gets it anew")
	}
	v, err := tuf.Verify(instance.TUFOptions(h, i), "what TUF verified last", last, nil)
	if err != nil {
		return nil, expires, instance.UpdateFailure(err, instance.UpdateHints).WithHint("git seal trust update gets it anew")
	}
	text, err = last.Marshal()
	return text, v.Expires, err
}
