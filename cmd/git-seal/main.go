// Command git-seal is the gpg.x509.program that signs Git commits and tags
// with Sigstore, and the git subcommand that tells who signed them.
package main

import (
	"fmt"
	"os"
	"time"
)

// clockOffset moves the clock that signing reads, as a duration ("-1h"). Only
// the linker sets it (-ldflags "-X main.clockOffset=1h"), in the tests that
// show what a wrong clock does.
var clockOffset string

func main() {
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "git-seal: error: working directory:", err)
		os.Exit(exitNotGood)
	}
	h := &host{
		args:   os.Args[1:],
		env:    os.Environ(),
		dir:    dir,
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		now:    time.Now,
	}
	if offset, err := time.ParseDuration(clockOffset); err == nil {
		h.now = func() time.Time { return time.Now().Add(offset) }
	}
	os.Exit(h.run())
}
