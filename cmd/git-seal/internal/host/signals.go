package host

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// UntilInterrupted is ctx until Ctrl-C, a terminal that is closed, or what stops
// programs. A second Ctrl-C ends the process, whatever it waits for; a terminal
// that is closed does not, since it may be the first one's doing: git has ended.
// What git was started to ignore, as jobs in the background of a script are, is
// ignored here too.
func UntilInterrupted(ctx context.Context) (_ context.Context, stop context.CancelFunc) {
	closed, signals := context.CancelFunc(func() {}), []os.Signal{syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		ctx, closed = signal.NotifyContext(ctx, syscall.SIGHUP)
	}
	if !signal.Ignored(os.Interrupt) {
		signals = append(signals, os.Interrupt)
	}
	ctx, interrupted := signal.NotifyContext(ctx, signals...)
	context.AfterFunc(ctx, interrupted)
	return ctx, func() {
		interrupted()
		closed()
	}
}
