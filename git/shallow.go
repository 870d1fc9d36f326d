package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// shallow follows a walk through a shallow clone: commits at its edge name
// parents that are not here. In any other repository it is nil.
type shallow struct {
	edge   map[string]bool // commits whose parents git takes away
	walked map[string]bool
	beyond map[string]bool // parents of the edge
}

// maxShallowSize bounds the list of a shallow clone's edge.
const maxShallowSize = maxListSize

// readShallow reads the file in which git keeps the edge of a shallow clone.
func (r *Repository) readShallow(ctx context.Context) (*shallow, error) {
	path, err := r.shallowFile(ctx)
	if err != nil || path == "" {
		return nil, err
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("shallow clone: %w", err)
	case info.Size() > maxShallowSize:
		return nil, &SizeError{What: path, Size: info.Size(), Max: maxShallowSize}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("shallow clone: %w", err)
	}
	s := &shallow{edge: map[string]bool{}, walked: map[string]bool{}, beyond: map[string]bool{}}
	for _, id := range bytes.Fields(text) {
		s.edge[string(id)] = true
	}
	return s, nil
}

// shallowFile is where git reads the edge from: while a server takes a push from
// a shallow clone, another file than the repository's, which the environment
// names; one without a name says that there is no edge.
func (r *Repository) shallowFile(ctx context.Context) (path string, err error) {
	named := false
	for _, v := range r.options.Env {
		if value, ok := strings.CutPrefix(v, "GIT_SHALLOW_FILE="); ok {
			path, named = value, true
		}
	}
	if !named {
		out, err := r.options.run(ctx, maxAnswerSize, "rev-parse", "--git-path", "shallow")
		if err != nil {
			return "", err
		}
		path = strings.TrimSuffix(string(out), "\n")
	}
	if path != "" && !filepath.IsAbs(path) {
		path = filepath.Join(r.options.Dir, path)
	}
	return path, nil
}

// IsShallow reports whether the repository lacks the beginning of its history.
func (r *Repository) IsShallow(ctx context.Context) (bool, error) {
	s, err := r.readShallow(ctx)
	return s != nil && len(s.edge) > 0, err
}

// saw notes a commit of the walk, and the parents that the edge cuts off.
func (s *shallow) saw(c StoredObject, o WalkOptions) {
	if s == nil {
		return
	}
	s.walked[c.ID] = true
	if !s.edge[c.ID] {
		return
	}
	for line := range bytes.Lines(c.Raw) {
		id, parent := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\n")), []byte("parent "))
		if parent {
			s.beyond[string(id)] = true
		}
		if parent && o.FirstParent || len(line) == 1 {
			return
		}
	}
}

// missing returns the commits beyond the edge that the walk has not come to by
// another way, in order.
func (s *shallow) missing() []string {
	if s == nil {
		return nil
	}
	var ids []string
	for id := range s.beyond {
		if !s.walked[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
