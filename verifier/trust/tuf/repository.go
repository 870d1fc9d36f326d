package tuf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// mediaType is of the file that Marshal writes.
const mediaType = "application/vnd.git-seal.tuf-repository+json;version=1"

// Repository is what a TUF repository held at one time, whole enough to be
// verified again by who has one of its roots.
type Repository struct {
	Mirror    string            // where it came from; nothing vouches for that
	Roots     [][]byte          // root.json, in the order of their versions, without gaps
	Timestamp []byte            // timestamp.json
	Snapshot  []byte            // snapshot.json
	Targets   []byte            // targets.json
	Files     map[string][]byte // targets, by their names
}

// repositoryFile is a Repository as it is stored: bytes stand in base64, so
// that what was signed stays as it was signed.
type repositoryFile struct {
	MediaType string            `json:"mediaType"`
	Mirror    string            `json:"mirror"`
	Roots     [][]byte          `json:"roots"`
	Timestamp []byte            `json:"timestamp"`
	Snapshot  []byte            `json:"snapshot"`
	Targets   []byte            `json:"targets"`
	Files     map[string][]byte `json:"files"`
}

// Marshal returns the repository as one JSON document (docs/trust.md).
func (r *Repository) Marshal() ([]byte, error) {
	text, err := json.MarshalIndent(repositoryFile{mediaType, r.Mirror, r.Roots, r.Timestamp, r.Snapshot, r.Targets, r.Files}, "", " ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// ParseRepository reads what Marshal wrote. Nothing in it is verified: that is
// what Verify is for. Unknown fields, trailing bytes, missing parts and more
// than the caps are errors.
func ParseRepository(text []byte) (*Repository, error) {
	if len(text) > maxRepository {
		return nil, fmt.Errorf("longer than the %d bytes that are read", maxRepository)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("empty")
	}
	var f repositoryFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("no exported TUF repository: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("no exported TUF repository: bytes behind its end")
	}
	switch {
	case f.MediaType != mediaType:
		return nil, fmt.Errorf("media type %q, want %q", f.MediaType, mediaType)
	case len(f.Roots) == 0 || len(f.Roots) > maxRoots:
		return nil, fmt.Errorf("%d roots, want between 1 and %d", len(f.Roots), maxRoots)
	case len(f.Timestamp) == 0 || len(f.Snapshot) == 0 || len(f.Targets) == 0:
		return nil, errors.New("no timestamp, snapshot or targets in it")
	}
	return &Repository{f.Mirror, f.Roots, f.Timestamp, f.Snapshot, f.Targets, f.Files}, nil
}

// checkForm refuses metadata that go-tuf would stumble over as its own cache:
// what does not even parse. Whether it is signed is not asked.
func (r *Repository) checkForm() error {
	if _, err := metadata.Timestamp().FromBytes(r.Timestamp); err != nil {
		return fmt.Errorf("timestamp.json: %w", err)
	}
	if _, err := metadata.Snapshot().FromBytes(r.Snapshot); err != nil {
		return fmt.Errorf("snapshot.json: %w", err)
	}
	if _, err := metadata.Targets().FromBytes(r.Targets); err != nil {
		return fmt.Errorf("targets.json: %w", err)
	}
	return nil
}

// frozen answers in a mirror's place out of a repository.
type frozen struct {
	repository *Repository
	mirror     string
}

// DownloadFile implements go-tuf's Fetcher.
func (f frozen) DownloadFile(url string, maxLength int64, _ time.Duration) ([]byte, error) {
	path := strings.TrimPrefix(url, strings.TrimRight(f.mirror, "/")+"/")
	content, ok := f.repository.file(path)
	switch {
	case !ok && strings.HasSuffix(path, ".root.json"): // as a mirror says that there is no next one
		return nil, &metadata.ErrDownloadHTTP{StatusCode: http.StatusNotFound, URL: url}
	case !ok:
		return nil, fmt.Errorf("no %s in it", path)
	case int64(len(content)) > maxLength:
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%s: longer than %d bytes", path, maxLength)}
	}
	return content, nil
}

// file finds what a mirror has under a path: with consistent snapshots a
// version or a digest stands before each name but timestamp.json.
func (r *Repository) file(path string) ([]byte, bool) {
	prefix, rest, _ := strings.Cut(path, ".")
	if name, ok := strings.CutPrefix(path, "targets/"); ok {
		content, ok := r.Files[name]
		if !ok {
			content, ok = r.Files[rest]
		}
		return content, ok
	}
	version, err := strconv.ParseInt(prefix, 10, 64)
	if err != nil {
		rest = path
	}
	switch rest {
	case "root.json":
		for _, root := range r.Roots {
			if v, err := rootVersion(root); err == nil && v == version {
				return root, true
			}
		}
	case "timestamp.json":
		return r.Timestamp, true
	case "snapshot.json":
		return r.Snapshot, true
	case "targets.json":
		return r.Targets, true
	}
	return nil, false
}

// CheckRoot refuses what is no root.json, signed by the keys that it names
// itself. That says nothing about whose it is, nor whether it has expired.
func CheckRoot(root []byte) error {
	if len(root) > maxRoot {
		return fmt.Errorf("root.json: longer than the %d bytes that are read", maxRoot)
	}
	return verifyRoots([][]byte{root})
}

// rootVersion reads the version of a root.json, signed or not.
func rootVersion(root []byte) (int64, error) {
	var m struct {
		Signed struct {
			Version int64 `json:"version"`
		} `json:"signed"`
	}
	err := json.Unmarshal(root, &m)
	return m.Signed.Version, err
}
