package why

import (
	"errors"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// Because makes an error of one step a failure, of the step's kind unless it
// has one of its own.
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

// From gives an error its hint, and the exit code unless it carries one.
func From(err error, code int) *host.Failure {
	if f := (*host.Failure)(nil); errors.As(err, &f) {
		return f
	}
	return &host.Failure{Code: code, Err: err, Hint: HintFor(err), Reason: ReasonFor(err)}
}
