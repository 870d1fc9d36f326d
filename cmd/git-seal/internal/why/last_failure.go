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
	"github.com/git-seal/git-seal/verifier/wholefile"
)

// lastFailureVersion is the version of the file's form. It changes if the next
// version could misread what this one has written.
const lastFailureVersion = 1

// maxLastFailure limits the size of the file: a message and its hint are each cut at
// host.MaxMessage characters.
const maxLastFailure = 128 << 10

// lastFailure is the last failed signature, as it is saved for git seal why.
type lastFailure struct {
	Version int `json:"version"`
	keptFailure
}

// keptFailure is the saved part that git seal why --format json prints.
type keptFailure struct {
	Time      time.Time   `json:"time"`
	GitSeal   string      `json:"gitSeal"`   // the version that failed
	Directory string      `json:"directory"` // where git ran it: usually the top of the work tree
	Reason    host.Reason `json:"reason"`
	Error     string      `json:"error"`
	Hint      string      `json:"hint,omitempty"`
	Warnings  []string    `json:"warnings,omitempty"` // printed before it failed
	Over      *time.Time  `json:"over,omitempty"`     // when a later signature in that directory succeeded
}

// lastFailurePath returns the path of the file in the XDG base directory for state.
func lastFailurePath(h *host.Host) (string, error) { return h.StatePath("last-failure.json") }

// KeepFailure saves a failure for git seal why and replaces the one before. If two
// processes fail at once, the later failure stays, and is complete.
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

// FailureOver records that a signature succeeded in the directory where the last one
// failed. It ignores errors, because no one needs to know them.
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

// write replaces the file, so that no one reads half of it. It replaces a link and
// does not follow it.
func (l *lastFailure) write(path string) error {
	text, err := host.EncodeJSON(l)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	err = wholefile.Write(path, text, 0o600)
	if err != nil {
		os.Remove(path) // an older failure would be taken for this one
	}
	return err
}

// canKeep returns why a failure cannot be recorded, as on a full disk. A directory
// that does not exist yet is made by the first failure.
func canKeep(path string) error {
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	f, err := wholefile.Create(path, 0o600)
	if err != nil {
		return err
	}
	defer f.Discard()
	const typical = 8 << 10
	if _, err := f.Write(make([]byte, typical)); err != nil {
		return fmt.Errorf("%s: %w", path, wholefile.Cause(err))
	}
	return f.Sync()
}

// readLastFailure reads the file. The error fs.ErrNotExist means that no failure was
// saved.
func readLastFailure(path string) (*lastFailure, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")} // opening a pipe would wait
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
		return nil, fmt.Errorf("version %d, not %d: another version of git-seal wrote it", form.Version, lastFailureVersion)
	}
	l := new(lastFailure)
	if err := json.Unmarshal(text, l); err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	if l.Time.IsZero() || l.Error == "" || l.Reason == "" {
		return nil, errors.New("damaged: the error, its reason or its time is missing")
	}
	return l, nil
}

// secret is the pattern of a secret, and what replaces it.
type secret struct {
	pattern *regexp.Regexp
	instead string
}

// secrets compiles the patterns when something has failed, and not at each start.
var secrets = sync.OnceValue(func() []secret {
	return []secret{
		{regexp.MustCompile(`eyJ[\w-]{8,}(?:\.[\w-]*){0,2}`), "[token]"},             // a JWT, or the beginning of one
		{regexp.MustCompile(`(https?://)[^\s/"@]+@`), "${1}[secret]@"},               // a user and password in a URL
		{regexp.MustCompile(`(https?://[^\s"?]*\?)[^\s"]+`), "${1}[secret]"},         // code and state of a login
		{regexp.MustCompile(`(?i)\b(bearer|basic) [\w.~+/=-]{8,}`), "${1} [secret]"}, // a header
	}
})

// withoutSecrets removes secrets from s. It is a second line of defense: no error
// should contain a token, and the saved file outlives the terminal.
func withoutSecrets(s string) string {
	for _, secret := range secrets() {
		s = secret.pattern.ReplaceAllString(s, secret.instead)
	}
	return s
}
