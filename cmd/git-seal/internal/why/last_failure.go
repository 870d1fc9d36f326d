package why

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/internal/wholefile"
)

// lastFailureVersion is the form of the file. It changes when the next version
// could misread what this one has written.
const lastFailureVersion = 1

// maxLastFailure bounds the file: a message and its hint are cut at
// maxMessage characters each.
const maxLastFailure = 128 << 10

// lastFailure is the last signature that failed, as it is kept for git seal why.
type lastFailure struct {
	Version int `json:"version"`
	keptFailure
}

// keptFailure is what is kept, and what git seal why --format json prints.
type keptFailure struct {
	Time      time.Time   `json:"time"`
	GitSeal   string      `json:"gitSeal"`   // the version that failed
	Directory string      `json:"directory"` // where git ran it: the top of the work tree as a rule
	Reason    host.Reason `json:"reason"`
	Error     string      `json:"error"`
	Hint      string      `json:"hint,omitempty"`
	Warnings  []string    `json:"warnings,omitempty"` // given before it failed
	Over      *time.Time  `json:"over,omitempty"`     // when a signature succeeded in that directory
}

// lastFailurePath is the file under the XDG base directory for state.
func lastFailurePath(h *host.Host) (string, error) { return h.StatePath("last-failure.json") }

// KeepFailure keeps a failure for git seal why, in place of the one before. Of
// two processes that fail at once the later one stays, whole.
func KeepFailure(h *host.Host, f *host.Failure) error {
	path, err := lastFailurePath(h)
	if err != nil {
		return err
	}
	l := &lastFailure{lastFailureVersion, keptFailure{
		Time: h.Now().UTC().Truncate(time.Second), GitSeal: host.ReadBuild().Version, Directory: h.Dir,
		Reason: f.Reason, Error: withoutSecrets(host.Message(f.Err.Error())), Hint: withoutSecrets(host.Message(f.Hint)),
	}}
	for _, w := range h.Warnings {
		l.Warnings = append(l.Warnings, withoutSecrets(host.Message(w)))
	}
	if l.Reason == "" {
		l.Reason = Unexplained
	}
	return l.write(path)
}

// FailureOver notes that a signature has succeeded where the last one failed.
// That it cannot be noted is nobody's concern.
func FailureOver(h *host.Host) {
	path, err := lastFailurePath(h)
	if err != nil {
		return
	}
	l, err := readLastFailure(path)
	if err != nil || l.Over != nil || l.Directory != h.Dir {
		return
	}
	now := h.Now().UTC().Truncate(time.Second)
	l.Over = &now
	_ = l.write(path)
}

// write replaces the file, so that no process ever reads half of it. What is
// there, a link too, is replaced and never followed.
func (l *lastFailure) write(path string) error {
	text, err := host.EncodeJSON(l)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return wholefile.Write(path, text, 0o600)
}

// readLastFailure reads the file; fs.ErrNotExist says that nothing has failed.
func readLastFailure(path string) (*lastFailure, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a file")} // opening a pipe would wait
	}
	text, err := host.ReadFileMax(path, maxLastFailure)
	if err != nil {
		return nil, err
	}
	l, err := parseLastFailure(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

func parseLastFailure(text []byte) (*lastFailure, error) {
	var form struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	if form.Version != lastFailureVersion {
		return nil, fmt.Errorf("version %d, not %d: another version of git-seal has written it", form.Version, lastFailureVersion)
	}
	l := new(lastFailure)
	if err := json.Unmarshal(text, l); err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	if l.Time.IsZero() || l.Error == "" || l.Reason == "" {
		return nil, errors.New("damaged: it says neither what failed nor when")
	}
	return l, nil
}

// secret is what a secret looks like, and what is kept in its place.
type secret struct {
	pattern *regexp.Regexp
	instead string
}

// secrets are compiled when something has failed, and not at each start.
var secrets = sync.OnceValue(func() []secret {
	return []secret{
		{regexp.MustCompile(`eyJ[\w-]{8,}(?:\.[\w-]*){0,2}`), "[token]"},             // a JWT, or the beginning of one
		{regexp.MustCompile(`(https?://)[^\s/"@]+@`), "${1}[secret]@"},               // a user and password in a URL
		{regexp.MustCompile(`(https?://[^\s"?]*\?)[^\s"]+`), "${1}[secret]"},         // code and state of a login
		{regexp.MustCompile(`(?i)\b(bearer|basic) [\w.~+/=-]{8,}`), "${1} [secret]"}, // a header
	}
})

// withoutSecrets is a second line of defence: no error holds a token, and what
// is kept outlives the terminal that an error is read on.
func withoutSecrets(s string) string {
	for _, secret := range secrets() {
		s = secret.pattern.ReplaceAllString(s, secret.instead)
	}
	return s
}
