// Command git-seal is the gpg.x509.program that signs Git commits and tags with
// Sigstore, and the git subcommand that shows who signed them.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

func main() { os.Exit(runProgram(newHost())) }

// newHost returns the environment of this process.
func newHost() *host.Host {
	log.SetOutput(io.Discard) // net/http quotes what a server sends without being asked
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "git-seal: error: working directory:", err)
		os.Exit(host.ExitNotGood)
	}
	return &host.Host{
		Args:   os.Args[1:],
		Env:    os.Environ(),
		Dir:    dir,
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Now:    time.Now,
	}
}
