package git

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// StoredObject is a commit or tag as git delivered it, not looked into: its id
// has not been computed again (ParseStored does), so that whoever walks a long
// history can share that work out.
type StoredObject struct {
	Format ObjectFormat
	ID     string
	Type   ObjectType
	Raw    []byte
	Refs   []string // of a tag: full names of the refs among the tips that lead to it
	Err    error    // why there is no Raw: ErrMissing, *SizeError, *TypeError
}

// CheckID returns ErrCorrupt where the object's bytes do not have its id.
func (s StoredObject) CheckID() error {
	if id := objectID(s.Format, string(s.Type), s.Raw); id != s.ID {
		return fmt.Errorf("%s: %w: the id of its bytes is %s", s.ID, ErrCorrupt, id)
	}
	return nil
}

// ParseStored parses an object after CheckID.
func ParseStored(s StoredObject) (*Object, error) {
	if s.Err != nil {
		return nil, s.Err
	}
	if err := s.CheckID(); err != nil {
		return nil, err
	}
	return ParseObject(s.Format, s.Type, s.Raw)
}

// WalkOptions choose among the commits that can be reached.
type WalkOptions struct {
	FirstParent bool // of each merge only the first parent is followed
	NoMerges    bool // commits with more than one parent are passed over
	TopoOrder   bool // every commit comes before its parents, whatever the dates say
}

// walkArgs precede the subcommands of a walk: how much of a pack git maps at a
// time bounds its memory, however long the history, and costs it nothing.
var walkArgs = append(append([]string{}, objectArgs...), "-c", "core.packedGitWindowSize=1m", "-c", "core.packedGitLimit=8m")

func (o WalkOptions) args() []string {
	args := append(append([]string{}, walkArgs...), "rev-list", "--stdin")
	if o.FirstParent {
		args = append(args, "--first-parent")
	}
	if o.NoMerges {
		args = append(args, "--no-merges")
	}
	if o.TopoOrder {
		args = append(args, "--topo-order")
	}
	return args
}

// revisions is the tips as rev-list reads them.
func revisions(tips []Tip) io.Reader {
	var b strings.Builder
	for _, t := range tips {
		if t.Excluded {
			b.WriteByte('^')
		}
		b.WriteString(t.ID)
		b.WriteByte('\n')
	}
	return strings.NewReader(b.String())
}

// CountCommits returns how many commits WalkCommits will find.
func (r *Repository) CountCommits(ctx context.Context, tips []Tip, o WalkOptions) (int, error) {
	out, err := r.rev(ctx, tips, append(o.args(), "--count"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(out)))
}

// ListChanges returns the ids of the commits that WalkCommits would find and
// that have something else at path than one of their parents has, newest first.
func (r *Repository) ListChanges(ctx context.Context, tips []Tip, o WalkOptions, path string) ([]string, error) {
	out, err := r.rev(ctx, tips, append(o.args(), "--full-history", "--", path))
	return strings.Fields(string(out)), err
}

// rev runs a rev-list that answers in one go.
func (r *Repository) rev(ctx context.Context, tips []Tip, args []string) ([]byte, error) {
	cmd, err := r.options.command(ctx, args...)
	if err != nil {
		return nil, err
	}
	stdout, stderr := &limitedBuffer{max: maxListSize}, &tailBuffer{max: maxStderrSize}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = revisions(tips), stdout, stderr
	ended := r.options.trace(args)
	err = cmd.Run()
	ended()
	if err != nil {
		return nil, r.options.failure(ctx, args, stderr.String(), err)
	}
	return stdout.kept, nil
}

// WalkCommits reads every commit that can be reached from tips, in the order of
// git rev-list: one rev-list whose answers are questions to one cat-file. A
// commit that is not here although another names it, because the repository is
// shallow, comes last, with ErrMissing. An error ends the walk.
//
// What no tip leads to a commit from is passed over: a tag of a file.
func (r *Repository) WalkCommits(ctx context.Context, tips []Tip, o WalkOptions) iter.Seq2[StoredObject, error] {
	return func(yield func(StoredObject, error) bool) {
		cut, err := r.readShallow(ctx)
		if err != nil {
			yield(StoredObject{}, err)
			return
		}
		w, err := r.startWalk(ctx, tips, o)
		if err != nil {
			yield(StoredObject{}, err)
			return
		}
		defer w.kill()
		for {
			s, err := w.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				w.kill()
				if said := w.close(); said != nil {
					err = said
				}
				yield(StoredObject{}, err)
				return
			}
			cut.saw(s, o)
			if !yield(s, nil) {
				return
			}
		}
		if err := w.close(); err != nil {
			yield(StoredObject{}, err)
			return
		}
		for _, id := range cut.missing() {
			missing := StoredObject{Format: r.format, ID: id, Type: Commit, Err: fmt.Errorf("%w: the clone is shallow", ErrMissing)}
			if !yield(missing, nil) {
				return
			}
		}
	}
}

// WalkTags reads the annotated tags that tips lead to, and those that they lead
// to in turn, each once. Excluded tips are passed over.
func (r *Repository) WalkTags(ctx context.Context, tips []Tip) iter.Seq2[StoredObject, error] {
	return func(yield func(StoredObject, error) bool) {
		refs := map[string][]string{}
		var ids []string
		for _, t := range tips {
			if t.Excluded || t.Type != Tag {
				continue
			}
			if _, seen := refs[t.ID]; !seen {
				ids = append(ids, t.ID)
			}
			refs[t.ID] = append(refs[t.ID], t.Name)
		}
		for len(ids) > 0 {
			s, err := r.readStored(ctx, ids[0])
			if err != nil {
				yield(StoredObject{}, err)
				return
			}
			s.Refs = refs[s.ID]
			ids = ids[1:]
			if !yield(s, nil) {
				return
			}
			if o, err := ParseObject(s.Format, s.Type, s.Raw); err == nil {
				if id, typ := o.Target(); typ == string(Tag) {
					if _, seen := refs[id]; !seen {
						refs[id] = nil
						ids = append(ids, id)
					}
				}
			}
		}
	}
}

// readStored reads one tag. What is wrong with it alone is in its Err.
func (r *Repository) readStored(ctx context.Context, id string) (StoredObject, error) {
	s := StoredObject{Format: r.format, ID: id, Type: Tag}
	_, raw, err := r.read(ctx, id, func(info objectInfo) error { return acceptStored(info, Tag) })
	var size *SizeError
	var typ *TypeError
	switch {
	case err == nil:
		s.Raw = raw
	case errors.Is(err, ErrMissing), errors.Is(err, ErrCorrupt), errors.As(err, &size), errors.As(err, &typ):
		s.Err = err
	default:
		return s, err
	}
	return s, nil
}

func acceptStored(info objectInfo, want ObjectType) error {
	switch {
	case info.typ != string(want):
		return &TypeError{Type: info.typ, Want: "a " + string(want)}
	case info.size > MaxObjectSize:
		return &SizeError{What: fmt.Sprintf("%s %s", info.typ, info.id), Size: info.size, Max: MaxObjectSize}
	}
	return nil
}

// walk is a rev-list that writes to a cat-file.
type walk struct {
	ctx     context.Context
	options Options
	format  ObjectFormat
	list    *exec.Cmd
	cat     *exec.Cmd
	said    [2]tailBuffer // list's and cat's messages
	kill    context.CancelFunc
	stdout  *bufio.Reader
	closed  bool
	ended   [2]func()
}

func (r *Repository) startWalk(parent context.Context, tips []Tip, o WalkOptions) (*walk, error) {
	ctx, kill := context.WithCancel(parent)
	w := &walk{ctx: parent, options: r.options, format: r.format, kill: kill}
	fail := func(err error) (*walk, error) {
		kill()
		return nil, err
	}
	var err error
	if w.list, err = r.options.command(ctx, o.args()...); err != nil {
		return fail(err)
	}
	catArgs := append(append([]string{}, walkArgs...), "cat-file", "--batch", "--buffer")
	if w.cat, err = r.options.command(ctx, catArgs...); err != nil {
		return fail(err)
	}
	for i, cmd := range []*exec.Cmd{w.list, w.cat} {
		w.said[i].max = maxStderrSize
		cmd.Stderr = &w.said[i]
		ownGroup(cmd)
	}
	ids, listed, err := os.Pipe()
	if err != nil {
		return fail(err)
	}
	w.list.Stdin, w.list.Stdout, w.cat.Stdin = revisions(tips), listed, ids
	stdout, err := w.cat.StdoutPipe()
	if err == nil {
		widen(stdout)
		w.stdout = bufio.NewReaderSize(stdout, walkBuffer)
		err = w.list.Start()
	}
	listed.Close()
	if err == nil {
		if err = w.cat.Start(); err != nil {
			kill()
			w.list.Wait()
		}
	}
	ids.Close()
	if err != nil {
		return fail(r.options.failure(parent, o.args(), "", err))
	}
	w.ended = [2]func(){r.options.trace(w.list.Args[1:]), r.options.trace(w.cat.Args[1:])}
	return w, nil
}

// next reads cat-file's answer to the next id: a line "id type size" with the
// object behind it, or "id missing". At the end it returns io.EOF.
func (w *walk) next() (StoredObject, error) {
	line, err := w.stdout.ReadSlice('\n')
	if err == io.EOF && len(line) > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return StoredObject{}, err
	}
	id, rest, _ := strings.Cut(string(line[:len(line)-1]), " ")
	s := StoredObject{Format: w.format, ID: id}
	if !isID([]byte(id), w.format) {
		return s, fmt.Errorf("git cat-file: unexpected answer %q", line)
	}
	if rest == "missing" {
		s.Type, s.Err = Commit, ErrMissing
		return s, nil
	}
	typ, digits, _ := strings.Cut(rest, " ")
	size, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || size < 0 {
		return s, fmt.Errorf("git cat-file: unexpected answer %q", line)
	}
	s.Type = ObjectType(typ)
	if s.Err = acceptStored(objectInfo{id, typ, size}, Commit); s.Err != nil {
		_, err := io.CopyN(io.Discard, w.stdout, size+1)
		return s, err
	}
	content, err := w.read(int(size) + 1)
	if err != nil {
		return s, fmt.Errorf("git cat-file: %s: %w", id, io.ErrUnexpectedEOF)
	}
	if content[size] != '\n' {
		return s, errors.New("git cat-file: no newline behind the object")
	}
	s.Raw = content[:size:size]
	return s, nil
}

// read returns a copy of the next n bytes. Most objects fit into the buffer, and
// a clone of what is there already is not filled with zeros first.
func (w *walk) read(n int) ([]byte, error) {
	if n > w.stdout.Size() {
		content := make([]byte, n)
		_, err := io.ReadFull(w.stdout, content)
		return content, err
	}
	content, err := w.stdout.Peek(n)
	if err != nil {
		return nil, err
	}
	content = bytes.Clone(content)
	_, err = w.stdout.Discard(n)
	return content, err
}

// close waits for both programs. What went wrong with rev-list comes first: it
// is what cat-file reads.
func (w *walk) close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	defer w.kill()
	var first error
	for i, cmd := range []*exec.Cmd{w.list, w.cat} {
		err := cmd.Wait()
		w.ended[i]()
		if err != nil && first == nil {
			first = w.options.failure(w.ctx, cmd.Args[1:], w.said[i].String(), err)
		}
	}
	return first
}
