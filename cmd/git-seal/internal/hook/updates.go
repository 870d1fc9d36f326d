package hook

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

// refUpdate is one ref that a push is to change.
type refUpdate struct {
	ref      string // its full name where it is pushed to
	old, new string // ids; empty before it is made and after it is deleted
}

// readPreReceive reads the lines "OLD NEW REF" of a pre-receive hook
// (githooks(5)). No lines are an error: git does not run the hook for nothing.
func readPreReceive(r io.Reader) ([]refUpdate, error) {
	updates, err := readUpdates(r, func(line string) (refUpdate, error) {
		fields := strings.Split(line, " ")
		if len(fields) != 3 {
			return refUpdate{}, errors.New("not OLD NEW REF")
		}
		return newRefUpdate(fields[2], fields[0], fields[1])
	})
	if err == nil && len(updates) == 0 {
		err = errors.New("there are none")
	}
	return updates, err
}

// readPrePush reads the lines "LOCAL-REF ID REMOTE-REF REMOTE-ID" of a pre-push
// hook (githooks(5)): none where there is nothing to push. The local ref may be
// any expression, with spaces too.
func readPrePush(r io.Reader) ([]refUpdate, error) {
	return readUpdates(r, func(line string) (refUpdate, error) {
		fields := strings.Split(line, " ")
		n := len(fields)
		if n < 4 {
			return refUpdate{}, errors.New("not LOCAL-REF ID REMOTE-REF REMOTE-ID")
		}
		return newRefUpdate(fields[n-2], fields[n-1], fields[n-3])
	})
}

// readUpdates reads all lines before anything is judged; one that was cut off
// is an error.
func readUpdates(r io.Reader, parse func(line string) (refUpdate, error)) ([]refUpdate, error) {
	text, err := host.ReadMax(r, host.MaxRevisions)
	if err != nil {
		return nil, err
	}
	var updates []refUpdate
	for line := range strings.Lines(string(text)) {
		line, whole := strings.CutSuffix(line, "\n")
		if !whole {
			return nil, fmt.Errorf("line %d has no end", len(updates)+1)
		}
		u, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(updates)+1, err)
		}
		updates = append(updates, u)
	}
	return updates, nil
}

func newRefUpdate(ref, old, new string) (u refUpdate, err error) {
	if !strings.HasPrefix(ref, "refs/") {
		return u, fmt.Errorf("%q is not the full name of a ref", ref)
	}
	if len(old) != len(new) {
		return u, errors.New("ids of two lengths")
	}
	u.ref = ref
	for _, id := range []struct {
		text string
		to   *string
	}{{old, &u.old}, {new, &u.new}} {
		if !settings.FullID.MatchString(id.text) {
			return u, fmt.Errorf("%q is not an object's id", id.text)
		}
		if strings.Trim(id.text, "0") != "" {
			*id.to = id.text
		}
	}
	return u, nil
}
