package login

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/pkg/browser"
)

// open starts the browser with an address, which begins with http and so is never taken
// for an option. If that fails, the channel gets an error. A browser that ends without an
// error may have passed the address to another one that runs already.
func (b *Browser) open(address string) <-chan error {
	failed := make(chan error, 1)
	go func() {
		if err := b.run(address); err != nil {
			failed <- err
		}
	}()
	return failed
}

// run returns when the browser, or the program that starts it, has ended. Its output is
// discarded: git reads the signature from the standard output that it would inherit.
func (b *Browser) run(address string) error {
	if len(b.Command) == 0 {
		silence()
		return browser.OpenURL(address)
	}
	return exec.Command(b.Command[0], append(slices.Clone(b.Command[1:]), address)...).Run()
}

// silence discards the output of the programs that package browser runs: nil is the null
// device.
var silence = sync.OnceFunc(func() { browser.Stdout, browser.Stderr = nil, nil })

// wasKilled reports whether a signal ended the program.
func wasKilled(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && !exit.Exited()
}

// sleep waits for d, or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
