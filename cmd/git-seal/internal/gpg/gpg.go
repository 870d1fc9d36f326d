package gpg

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
)

// Call is one call by git, as its gpg-interface.c makes it for gpg.format=x509.
type Call struct {
	Verify    bool
	StatusFD  int    // for the status lines
	Signature string // verify: the file with the signature; the payload is on stdin
}

// Usage is the usage text for a caller that uses the convention wrongly.
const Usage = `usage: git-seal --status-fd=2 -bsau KEY              (git signs: payload on stdin, signature on stdout)
   or: git-seal --status-fd=1 --verify SIGNATURE -   (git verifies: payload on stdin)`

// options are the beginnings of the first argument by which a call is one by git, and
// not one of git-seal's own commands.
var options = []string{"--status-fd", "--keyid-format", "--verify", "-b", "--detach-sign", "--sign", "--armor"}

// Speaks reports whether the arguments are meant as a call by git, correct or not.
func Speaks(args []string) bool {
	if len(args) == 0 {
		return false
	}
	for _, o := range options {
		if strings.HasPrefix(args[0], o) {
			return true
		}
	}
	return false
}

// Parse parses a call by git, and accepts nothing else:
//
//	--status-fd=N -bsau KEY
//	[--keyid-format=long] --status-fd=N --verify SIGNATURE -
//
// KEY is the committer's name and address, or the ID of an old key. It says nothing
// about who will sign, so it is ignored. git passes --keyid-format=long to a program
// configured for gpg.format=openpgp.
func Parse(args []string) (Call, error) {
	call := Call{}
	keyid := len(args) > 0 && args[0] == "--keyid-format=long"
	if keyid {
		args = args[1:]
	}
	if len(args) == 0 {
		return call, errors.New("--status-fd is missing")
	}
	number, ok := strings.CutPrefix(args[0], "--status-fd=")
	if !ok {
		return call, fmt.Errorf("expected --status-fd=N, not %q", args[0])
	}
	fd, err := parseFD(number)
	if err != nil {
		return call, fmt.Errorf("--status-fd=%s: %w", number, err)
	}
	call.StatusFD = fd
	args = args[1:]

	switch {
	case len(args) == 0:
		return call, errors.New("-bsau or --verify is missing")
	case args[0] == "-bsau":
		switch {
		case keyid:
			return call, errors.New("--keyid-format cannot be used with -bsau")
		case fd == 1:
			return call, errors.New("--status-fd=1 would mix the status lines into the signature")
		case len(args) == 1:
			return call, errors.New("-bsau: the key is missing")
		case len(args) > 2:
			return call, fmt.Errorf("unexpected %q after -bsau KEY", args[2])
		}
		return call, nil
	case args[0] == "--verify":
		switch {
		case len(args) == 1:
			return call, errors.New("--verify: the signature file is missing")
		case args[1] == "" || args[1] == "-":
			return call, fmt.Errorf("--verify: %q is not a file; the signature cannot come from stdin", args[1])
		case len(args) == 2:
			return call, errors.New(`--verify: the payload is missing; "-" means stdin`)
		case args[2] != "-":
			return call, fmt.Errorf(`--verify: the payload is %q; it must be "-" (stdin)`, args[2])
		case len(args) > 3:
			return call, fmt.Errorf("unexpected %q after --verify SIGNATURE -", args[3])
		}
		call.Verify = true
		call.Signature = args[1]
		return call, nil
	}
	return call, fmt.Errorf("expected -bsau or --verify, not %q", args[0])
}

// parseFD parses the number of a file descriptor in its shortest decimal form. It
// refuses 0, because stdin is the payload.
func parseFD(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, errors.New("not a file descriptor number")
	}
	if n == 0 || n > math.MaxInt32 {
		return 0, errors.New("not open for writing")
	}
	return int(n), nil
}

// readPayload reads what git passes on stdin to sign or verify. It returns an error
// for an empty payload: no object is empty, so stdin is closed or not from git. If
// ctx ends first, it returns at once, because nothing else stops a read that waits.
func readPayload(ctx context.Context, h *host.Host) ([]byte, error) {
	var payload []byte
	read := make(chan error, 1)
	go func() {
		var err error
		payload, err = host.ReadMax(h.Stdin, git.MaxObjectSize)
		read <- err
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("payload on stdin: %w", context.Cause(ctx))
	case err := <-read:
		if err != nil {
			return nil, fmt.Errorf("payload on stdin: %w", err)
		}
	}
	if len(payload) == 0 {
		return nil, errors.New("payload on stdin: empty")
	}
	return payload, nil
}
