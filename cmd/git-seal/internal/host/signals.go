package host

import (
	"context"
	"errors"
	"fmt"
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

// Uninterrupted runs do to its end, also if a signal asks the process to stop: what
// takes milliseconds and would be left half done. The signal is an error then.
func Uninterrupted(do func() error) error {
	received := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGTERM, os.Interrupt} {
		if !signal.Ignored(s) {
			signal.Notify(received, s)
		}
	}
	defer signal.Stop(received)
	err := do()
	select {
	case s := <-received:
		return errors.Join(err, fmt.Errorf("stopped by the signal %v, after the files were written", s))
	default:
		return err
	}
}
