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

// open starts the browser with an address, which begins with http and so is
// never taken for an option. The channel yields an error when that did not
// work; a browser that ends without one may have handed the address to another
// that runs already.
func (b *Browser) open(address string) <-chan error {
	failed := make(chan error, 1)
	go func() {
		if err := b.run(address); err != nil {
			failed <- err
		}
	}()
	return failed
}

// run returns when the browser, or what hands over to it, has ended. What it
// prints goes nowhere: git reads the signature from the standard output that
// it would inherit.
func (b *Browser) run(address string) error {
	if len(b.Command) == 0 {
		silence()
		return browser.OpenURL(address)
	}
	return exec.Command(b.Command[0], append(slices.Clone(b.Command[1:]), address)...).Run()
}

// silence takes the standard streams from the programs that package browser
// runs: nil is the null device.
var silence = sync.OnceFunc(func() { browser.Stdout, browser.Stderr = nil, nil })

// wasKilled tells a program that a signal ended.
func wasKilled(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && !exit.Exited()
}

// sleep waits, or for the context's end.
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
