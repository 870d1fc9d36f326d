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

// UpdateHints say what to do about a failed update.
var UpdateHints = map[tuf.Kind]string{
	tuf.Malformed:     "the mirror has a fault, or someone changed its answer; try again later",
	tuf.Unreachable:   "check that it is up and its address is right (seal.tufMirror); without a network, run: git seal trust import FILE",
	tuf.Expired:       "check this machine's clock, and that the mirror belongs to the instance (seal.tufRoot); else try again later",
	tuf.RolledBack:    "the mirror has an older version than before; try again later, or ask its operators",
	tuf.WronglySigned: "check that seal.tufMirror and seal.tufRoot belong to the same instance",
	tuf.TooLong:       "the mirror has a fault, or someone changed its answer; try again later",
	tuf.Unusable:      "it is signed, but this version of git-seal cannot use it; try a newer one, or ask the instance's operators",
	tuf.Local:         "git-seal saves it under XDG_DATA_HOME (~/.local/share); check the permissions and the free space there",
}

// ImportHints say what to do about a failed import.
var ImportHints = map[tuf.Kind]string{
	tuf.Malformed:     "the file is damaged or was changed; export it again, where there is a network",
	tuf.Expired:       "export it again, where there is a network; or check this machine's clock",
	tuf.RolledBack:    "this machine has a newer version; export it again, where there is a network",
	tuf.WronglySigned: "check that the file is from the instance of seal.tufRoot, and was exported with that root or an older one",
	tuf.TooLong:       "the file is damaged or was changed; export it again, where there is a network",
	tuf.Unusable:      UpdateHints[tuf.Unusable],
	tuf.Local:         UpdateHints[tuf.Local],
}

// UpdateFailure returns the failure of an update or import, with its hint.
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

// connectionHint returns what to try if the connection itself failed, or "".
func connectionHint(err error) string {
	e := &signer.ServiceError{Err: err}
	if why.AtProxy(err) || why.ServiceReason(e) == why.ServiceUntrusted {
		return why.ServiceHint(e)
	}
	return ""
}
