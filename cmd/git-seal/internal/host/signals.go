package host

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// UntilInterrupted returns a context that ends on Ctrl-C, SIGTERM or when the
// terminal is closed. A second Ctrl-C ends the process, whatever it waits for. A
// closed terminal does not, because the first Ctrl-C may have closed it by ending
// git. A signal that git ignores, as background jobs of a script do, is ignored
// here too.
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
