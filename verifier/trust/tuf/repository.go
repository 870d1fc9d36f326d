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

// mediaType is the media type of what Marshal returns.
const mediaType = "application/vnd.git-seal.tuf-repository+json;version=1"

// Repository is the content of a TUF repository at one time, complete enough for anyone with
// one of its roots to verify it again.
type Repository struct {
	Mirror    string            // where it came from; this is not verified
	Roots     [][]byte          // root.json, in the order of their versions, without gaps
	Timestamp []byte            // timestamp.json
	Snapshot  []byte            // snapshot.json
	Targets   []byte            // targets.json
	Files     map[string][]byte // targets, by their names
}

// repositoryFile is the stored form of a Repository: with bytes in base64, so that what was
// signed stays unchanged.
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

// ParseRepository parses what Marshal returned. It verifies nothing: Verify does. It returns
// an error for unknown fields, trailing bytes, missing parts, and more than the limits.
func ParseRepository(text []byte) (*Repository, error) {
	if len(text) > maxRepository {
		return nil, fmt.Errorf("larger than the limit of %d bytes", maxRepository)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("empty")
	}
	var f repositoryFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("not an exported TUF repository: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not an exported TUF repository: trailing bytes")
	}
	switch {
	case f.MediaType != mediaType:
		return nil, fmt.Errorf("media type %q, want %q", f.MediaType, mediaType)
	case len(f.Roots) == 0 || len(f.Roots) > maxRoots:
		return nil, fmt.Errorf("%d roots, want between 1 and %d", len(f.Roots), maxRoots)
	case len(f.Timestamp) == 0 || len(f.Snapshot) == 0 || len(f.Targets) == 0:
		return nil, errors.New("timestamp, snapshot or targets are missing")
	}
	return &Repository{f.Mirror, f.Roots, f.Timestamp, f.Snapshot, f.Targets, f.Files}, nil
}

// checkForm returns an error for metadata that does not parse, which go-tuf could not handle
// as its cache. It does not check signatures.
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

// frozen answers from a repository instead of a mirror.
type frozen struct {
	repository *Repository
	mirror     string
}

// DownloadFile implements go-tuf's Fetcher.
func (f frozen) DownloadFile(url string, maxLength int64, _ time.Duration) ([]byte, error) {
	path := strings.TrimPrefix(url, strings.TrimRight(f.mirror, "/")+"/")
	content, ok := f.repository.file(path)
	switch {
	case !ok && strings.HasSuffix(path, ".root.json"): // as a mirror answers if there is no next one
		return nil, &metadata.ErrDownloadHTTP{StatusCode: http.StatusNotFound, URL: url}
	case !ok:
		return nil, fmt.Errorf("it contains no %s", path)
	case int64(len(content)) > maxLength:
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%s: longer than %d bytes", path, maxLength)}
	}
	return content, nil
}

// file returns what a mirror has under a path: with consistent snapshots, every name except
// timestamp.json begins with a version or a digest.
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

// CheckRoot returns an error unless root is a root.json that is signed by the keys that it
// names itself. It checks neither whose it is nor whether it has expired.
func CheckRoot(root []byte) error {
	if len(root) > maxRoot {
		return fmt.Errorf("root.json: larger than the limit of %d bytes", maxRoot)
	}
	return verifyRoots([][]byte{root})
}

// rootVersion returns the version of a root.json, signed or not.
func rootVersion(root []byte) (int64, error) {
	var m struct {
		Signed struct {
			Version int64 `json:"version"`
		} `json:"signed"`
	}
	err := json.Unmarshal(root, &m)
	return m.Signed.Version, err
}
