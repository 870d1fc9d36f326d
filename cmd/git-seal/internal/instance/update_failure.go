package instance

import (
	"cmp"
	"errors"
	"io/fs"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// UpdateHints say what to do about a mirror that failed.
var UpdateHints = map[tuf.Kind]string{
	tuf.Malformed:     "the mirror is broken, or somebody is in between; try again later",
	tuf.Unreachable:   "is it up, and is its address right (seal.tufMirror)? without a network: git seal trust import FILE",
	tuf.Expired:       "the mirror is out of date or another instance's (seal.tufRoot), or this machine's clock is wrong; try again later",
	tuf.RolledBack:    "the mirror serves an older state than it did; try again later, and ask its operators",
	tuf.WronglySigned: "does seal.tufMirror serve the instance whose root seal.tufRoot names?",
	tuf.TooLong:       "the mirror is broken, or somebody is in between; try again later",
	tuf.Unusable:      "it is signed, but this git-seal cannot use it: is there a newer one? else ask the instance's operators",
	tuf.Local:         "git-seal keeps it below XDG_DATA_HOME (~/.local/share), where it needs room and leave to write",
}

// ImportHints say what to do about a file that failed.
var ImportHints = map[tuf.Kind]string{
	tuf.Malformed:     "the file is damaged, or somebody changed it; export it anew, where there is a network",
	tuf.Expired:       "export it anew, where there is a network; or is this machine's clock wrong?",
	tuf.RolledBack:    "this machine knows a newer state than the file's; export it anew, where there is a network",
	tuf.WronglySigned: "is it of the instance whose root seal.tufRoot names, and exported by who knows that root or an older one?",
	tuf.TooLong:       "the file is damaged, or somebody changed it; export it anew, where there is a network",
	tuf.Unusable:      UpdateHints[tuf.Unusable],
	tuf.Local:         UpdateHints[tuf.Local],
}

// UpdateFailure says what an update failed of, and what to do.
func UpdateFailure(err error, hints map[tuf.Kind]string) *host.Failure {
	if f := (*host.Failure)(nil); errors.As(err, &f) {
		return f
	}
	f := host.Fail(host.ExitNotGood, "trusted root: %w", err)
	var (
		update *tuf.Error
		file   *fs.PathError
	)
	switch {
	case errors.As(err, &update) && update.Kind == tuf.Unreachable:
		f.Hint = cmp.Or(connectionHint(err), hints[update.Kind])
	case errors.As(err, &update):
		f.Hint = hints[update.Kind]
	case errors.As(err, &file):
		f.Hint = hints[tuf.Local]
	}
	return f
}

// connectionHint says what to try where the connection itself failed, whoever
// is at its other end; "" where it did not.
func connectionHint(err error) string {
	e := &signer.ServiceError{Err: err}
	if why.AtProxy(err) || why.ServiceReason(e) == why.ServiceUntrusted {
		return why.ServiceHint(e)
	}
	return ""
}
