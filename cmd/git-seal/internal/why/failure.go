package why

import (
	"errors"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// Because returns the error of one step as a failure. Its kind is r, unless the
// error has a kind already.
func Because(r host.Reason, err error) error {
	if err == nil {
		return nil
	}
	f := *From(err, host.ExitNotGood)
	if f.Reason == "" || f.Reason == Unexplained {
		f.Reason = r
	}
	return &f
}

// From returns an error as a failure with its hint and kind, and with the exit code
// unless the error is a failure already.
func From(err error, code int) *host.Failure {
	if f := (*host.Failure)(nil); errors.As(err, &f) {
		return f
	}
	return &host.Failure{Code: code, Err: err, Hint: HintFor(err), Reason: ReasonFor(err)}
}
