// Package signertest runs the Sigstore of cmd/sigstore-sandbox for tests: real services on
// loopback, built and started once for each test process. It is only for tests.
package signertest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Sandbox is a running Sigstore.
type Sandbox struct {
	Dir string // with the files of the sandbox: trusted root, signing configurations, requests.log

	// Addresses, without a trailing slash; Timestamp with its path.
	OIDC, Fulcio, CTLog, Rekor, RekorV2, Timestamp, TUF string
	Control                                             string // controls the faults of the services
	ClientID                                            string // at the OpenID Connect provider

	shared bool
	stop   func() error
}

// TrustedRoot returns the path of the trusted root.
func (s *Sandbox) TrustedRoot() string { return filepath.Join(s.Dir, "trusted_root.json") }

// SigningConfig returns the path of the signing configuration with Rekor v1.
func (s *Sandbox) SigningConfig() string { return filepath.Join(s.Dir, "signing_config.json") }

// SigningConfigV2 returns the path of the signing configuration with Rekor v2.
func (s *Sandbox) SigningConfigV2() string { return filepath.Join(s.Dir, "signing_config.v2.json") }

// TUFRoot returns the path of the TUF repository's first root.json.
func (s *Sandbox) TUFRoot() string { return filepath.Join(s.Dir, "root.json") }

// TokenFile returns the path of a file with a token of dev@example.com.
func (s *Sandbox) TokenFile() string { return filepath.Join(s.Dir, "id-token") }

var shared = sync.OnceValues(func() (*Sandbox, error) {
	s, err := start()
	if err == nil {
		s.shared = true
	}
	return s, err
})

// Start returns the sandbox that all tests of the process share. It runs until the process
// ends, in whatever way, and leaves nothing behind.
func Start(t testing.TB) *Sandbox {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("sandbox: %v", err)
	}
	return s
}

// StartOwn returns a new sandbox for one test, which may stop it. It ends with the test at
// the latest.
func StartOwn(t testing.TB) *Sandbox {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatalf("sandbox: %v", err)
	}
	t.Cleanup(func() { s.Stop(t) })
	return s
}

// Stop ends the services and removes the directory. A second call does nothing.
func (s *Sandbox) Stop(t testing.TB) {
	t.Helper()
	if err := s.stop(); err != nil {
		t.Errorf("sandbox: stop: %v", err)
	}
}

// readyTimeout: it takes 0.2 s; on a machine where every test package builds and
// starts one, some seconds.
const readyTimeout = time.Minute

// start starts a sandbox in a new directory.
func start() (_ *Sandbox, err error) {
	program, err := build()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "signertest-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	stop, err := run(program, dir)
	if err != nil {
		return nil, err
	}
	s := &Sandbox{Dir: dir, stop: stop}
	if err := s.readAddresses(); err != nil {
		return nil, errors.Join(err, stop())
	}
	return s, nil
}

// supervisor runs "$0" "$@" as long as its own standard input is open, then ends it and
// removes $DIR. This process has the other end of the pipe, which closes even if a test
// panics or is killed. An interrupt from the terminal reaches every process; it must not
// end the supervisor before it is done.
const supervisor = `
trap '' INT HUP TERM
"$0" "$@" </dev/null 2>"$DIR/stderr" &
exec >/dev/null
cat
kill $!
wait $!
rm -rf -- "$DIR"
`

// run starts the program and returns when it is ready.
func run(program, dir string) (stop func() error, err error) {
	cmd := exec.Command("/bin/sh", "-c", supervisor, program, "--dir", dir)
	cmd.Env = append(os.Environ(), "DIR="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = sync.OnceValue(func() error {
		_ = stdin.Close()
		return cmd.Wait()
	})
	if err := awaitReady(stdout); err != nil {
		said, _ := os.ReadFile(filepath.Join(dir, "stderr"))
		return nil, errors.Join(fmt.Errorf("%w: %s", err, said), stop())
	}
	return stop, nil
}

// awaitReady returns when the first line says that the sandbox is ready.
func awaitReady(stdout io.Reader) error {
	ready := make(chan error, 1)
	go func() {
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if err == nil && !strings.HasPrefix(line, "ready: ") {
			err = fmt.Errorf("printed %q instead of the ready line", line)
		}
		ready <- err
	}()
	select {
	case err := <-ready:
		return err
	case <-time.After(readyTimeout):
		return fmt.Errorf("not ready after %s", readyTimeout)
	}
}

func (s *Sandbox) readAddresses() error {
	data, err := os.ReadFile(filepath.Join(s.Dir, "sandbox.json"))
	if err != nil {
		return err
	}
	// encoding/json matches names in any case.
	return json.Unmarshal(data, s)
}
