package signertest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// build builds cmd/sigstore-sandbox and returns the program's path. The first build on a
// machine fetches and compiles modules for minutes.
//
// "go run -exec echo" prints the path of the program instead of running it. From the
// second time on the program is in Go's build cache, so that other test processes share it
// and none leaves it behind. The first time it is removed when go ends.
var build = sync.OnceValues(func() (string, error) {
	source, err := source()
	if err != nil {
		return "", err
	}
	for range 2 {
		var stdout, stderr bytes.Buffer
		cmd := exec.Command("go", "run", "-C", source, "-ldflags=-s -w", "-exec", "echo", ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("go run in %s: %w\n%s", source, err, &stderr)
		}
		program := string(bytes.TrimSpace(stdout.Bytes()))
		if _, err := os.Stat(program); err == nil {
			return program, nil
		}
	}
	return "", errors.New("go did not keep the program in its build cache")
})

// source returns the directory of cmd/sigstore-sandbox. It walks up from the working
// directory, which is that of the package under test.
func source() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		source := filepath.Join(dir, "cmd", "sigstore-sandbox")
		if _, err := os.Stat(filepath.Join(source, "go.mod")); err == nil {
			return source, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("cmd/sigstore-sandbox: not found in any directory above the working directory")
		}
		dir = parent
	}
}
