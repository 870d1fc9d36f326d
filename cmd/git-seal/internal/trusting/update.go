package trusting

import (
	"context"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/verifier/trust/store"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// MaxExport limits what import reads; an export of the public Sigstore instance has
// 60 kB.
const MaxExport = 16 << 20

// TellUpdate prints the result of an update. before is what was kept before it, or
// nil.
func TellUpdate(h *host.Host, i *instance.Instance, before *store.Trusted) error {
	out := host.NewOutput(h.Stdout)
	switch {
	case before == nil:
		out.Printf("%s: trusted root version %d\n", host.Printable(i.Name()), i.Kept.TargetsVersion)
	case before.TargetsVersion == i.Kept.TargetsVersion:
		out.Printf("%s: trusted root version %d, unchanged\n", host.Printable(i.Name()), i.Kept.TargetsVersion)
	default:
		out.Printf("%s: trusted root version %d, was %d\n", host.Printable(i.Name()), i.Kept.TargetsVersion, before.TargetsVersion)
	}
	if !i.FromTUF() {
		h.Say("the built-in trusted root is newer and is used instead")
	}
	return out.Close()
}

// Export returns what TUF verified last. It verifies it once more, so that a fault
// shows here, and not on a machine without a network.
func Export(ctx context.Context, h *host.Host, i *instance.Instance) (text []byte, expires time.Time, err error) {
	if i.Store == nil || i.Kept == nil {
		return nil, expires, host.Fail(host.ExitNotGood, "%w from the TUF repository %s", instance.ErrNeverVerified, i.Mirror).WithHint("to fetch it, run: git seal trust update")
	}
	unlock, err := i.Lock(ctx)
	if err != nil {
		return nil, expires, instance.UpdateFailure(err, instance.UpdateHints)
	}
	defer unlock()
	last, err := i.ReadRepository()
	if err != nil {
		return nil, expires, host.Fail(host.ExitNotGood, "the last TUF metadata: %w", err).WithHint("to fetch it again, run: git seal trust update")
	}
	v, err := tuf.Verify(instance.TUFOptions(h, i), "the last TUF metadata", last, nil)
	if err != nil {
		return nil, expires, instance.UpdateFailure(err, instance.UpdateHints).WithHint("to fetch it again, run: git seal trust update")
	}
	text, err = last.Marshal()
	return text, v.Expires, err
}
