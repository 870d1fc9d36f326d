package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
)

// Repository reads one repository through the git program: whatever shape of
// repository git opens from Options.Dir and Options.Env, with git's own rules
// about which directories it trusts. It is safe for parallel use; reads are
// answered one after another by one long-lived git process.
type Repository struct {
	options Options

	mu     sync.Mutex
	cat    *catFile // started by the first read, and again after one that failed
	closed bool

	bench bench // for MergesCleanly

	// idRefs are the short names of refs that are full ids.
	idRefs struct {
		once  sync.Once
		names map[string]bool
		err   error
	}

	format  ObjectFormat // set by Open
	gitDir  string       // set by Open
	workDir string       // set by Open
}

// New returns the repository that git finds from o.Dir and o.Env. It runs
// nothing: whether there is one, the first read tells. Reading and setting the
// user's own configuration needs none.
func New(o Options) *Repository { return &Repository{options: o} }

// Open returns the repository that git finds from o.Dir and o.Env, after
// checking that there is one and that git is recent enough. Its errors are
// ErrNoGit, *VersionError, ErrNoRepository, *EmbeddedError and
// ErrUnsafeRepository, each with git's own words where it said any. It starts nothing that stays; Close ends
// what later calls start.
func Open(ctx context.Context, o Options) (*Repository, error) {
	if err := o.refuseEmbedded(ctx); err != nil {
		return nil, err
	}
	version := make(chan error, 1)
	go func() { version <- CheckVersion(ctx, o) }()
	r := New(o)
	err := r.find(ctx)
	if err := <-version; err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// find asks git where the repository is.
func (r *Repository) find(ctx context.Context) error {
	out, err := r.options.run(ctx, maxAnswerSize, "rev-parse", "--show-object-format=storage", "--is-inside-work-tree", "--absolute-git-dir")
	if err != nil {
		return err
	}
	format, rest, _ := strings.Cut(string(out), "\n")
	inside, gitDir, _ := strings.Cut(rest, "\n")
	r.format, r.gitDir = ObjectFormat(format), strings.TrimSuffix(gitDir, "\n")
	if r.format != SHA1 && r.format != SHA256 {
		return fmt.Errorf("repository %q: unknown object format %q", r.gitDir, format)
	}
	if inside != "true" {
		return nil
	}
	out, err = r.options.run(ctx, maxAnswerSize, "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	r.workDir = strings.TrimSuffix(string(out), "\n")
	return nil
}

// Format returns the repository's object format. It is known after Open.
func (r *Repository) Format() ObjectFormat { return r.format }

// GitDir returns the absolute path of the repository's own directory: of a
// linked worktree its own, not the one it shares. It is known after Open.
func (r *Repository) GitDir() string { return r.gitDir }

// CommonDir returns the absolute path of the directory that a repository shares
// with its linked worktrees.
func (r *Repository) CommonDir(ctx context.Context) (string, error) {
	out, err := r.options.run(ctx, maxAnswerSize, "rev-parse", "--path-format=absolute", "--git-common-dir")
	return strings.TrimSuffix(string(out), "\n"), err
}

// WorkTree returns the absolute path of the top of the work tree that Dir is
// in, empty when it is in none. It is known after Open.
func (r *Repository) WorkTree() string { return r.workDir }

// ReadObject reads the commit or tag that rev names, by any name git knows: an
// id, a ref, an expression. When rev is the name of a ref and the object a
// tag, ref is the ref's full name (refs/tags/v1), so that the caller can
// compare it with the name the tag itself carries; otherwise it is empty. The
// name stays one with ^{tag}, ^{object} or @{1} after it.
//
// The object's id has been computed again from its bytes. Errors:
// ErrNoRevision, ErrMissing, ErrAmbiguousName, *AmbiguousRefError, ErrCorrupt;
// *TypeError for a tree or blob, *SizeError before anything larger than
// MaxObjectSize is read, *AmbiguousError from ParseObject, each in an
// *ObjectError with the object's id. After an error nothing of the object is
// returned.
//
// It is for names that somebody has given. By an id that git has listed, ReadID
// reads an object.
func (r *Repository) ReadObject(ctx context.Context, rev string) (ref string, o *Object, err error) {
	o, err = r.readSignable(ctx, rev)
	if err != nil {
		return "", nil, r.named(ctx, rev, err)
	}
	if err := r.checkID(ctx, rev); err != nil {
		return "", nil, err
	}
	id := o.ID()
	if err := r.checkName(ctx, rev, id); err != nil {
		return "", nil, err
	}
	if o.Type != Tag || rev == id {
		return "", o, nil
	}
	ref, err = r.refOf(ctx, rev, id)
	return ref, o, err
}

// ReadID reads the commit or tag with this full id. Errors are those of
// ReadObject.
func (r *Repository) ReadID(ctx context.Context, id string) (*Object, error) {
	if _, ok := formatOf(id); !ok {
		return nil, fmt.Errorf("%q is not the id of an object", id)
	}
	o, err := r.readSignable(ctx, id)
	return o, r.named(ctx, id, err)
}

// readSignable reads a commit or tag.
func (r *Repository) readSignable(ctx context.Context, rev string) (*Object, error) {
	var about objectInfo
	info, raw, err := r.read(ctx, rev, func(info objectInfo) error {
		about = info
		if info.typ != string(Commit) && info.typ != string(Tag) {
			return &TypeError{Type: info.typ, Want: signable}
		}
		if info.size > MaxObjectSize {
			return &SizeError{What: fmt.Sprintf("%s %s", info.typ, info.id), Size: info.size, Max: MaxObjectSize}
		}
		return nil
	})
	var o *Object
	if err == nil {
		format, _ := formatOf(info.id)
		if o, err = ParseObject(format, ObjectType(info.typ), raw); err != nil {
			err = fmt.Errorf("%s: %w", info.id, err)
		}
	}
	if err != nil && about.id != "" {
		err = &ObjectError{ID: about.id, Type: about.typ, Err: err}
	}
	return o, err
}

// named makes of ErrMissing what it is of: cat-file says the same of a name
// that means nothing, and from git 2.45 on does not say which object lacks.
func (r *Repository) named(ctx context.Context, rev string, err error) error {
	if !errors.Is(err, ErrMissing) {
		return err
	}
	id, unknown := r.parseName(ctx, rev)
	switch {
	case errors.As(unknown, new(*AmbiguousRefError)):
		return unknown
	case unknown != nil:
		return fmt.Errorf("%q: %w", rev, ErrNoRevision)
	case strings.Contains(err.Error(), id):
		return err
	}
	return fmt.Errorf("%q: %s: %w", rev, id, ErrMissing)
}

// withoutTagPeel is rev without the suffixes that leave a tag as it is and the
// ref's name hidden (gitrevisions(7)). past says that one of them asks for what
// the ref held before.
func withoutTagPeel(rev string) (name string, past bool) {
	for {
		name, tag := strings.CutSuffix(rev, "^{tag}")
		name, object := strings.CutSuffix(name, "^{object}")
		if !tag && !object {
			break
		}
		rev = name
	}
	if name, _, reflog := strings.Cut(rev, "@{"); reflog && strings.HasSuffix(rev, "}") {
		return name, true
	}
	return rev, false
}

// ReadBlob reads the file that rev names, such as "main:.git-seal/policy.yaml",
// and returns its id and its bytes. Errors are those of ReadObject, ErrNoRevision
// where the commit has no such file; what is not
// a file is a *TypeError, one larger than MaxBlobSize a *SizeError.
func (r *Repository) ReadBlob(ctx context.Context, rev string) (id string, content []byte, err error) {
	info, content, err := r.read(ctx, rev, func(info objectInfo) error {
		if info.typ != "blob" {
			return &TypeError{Type: info.typ, Want: "a file"}
		}
		if info.size > MaxBlobSize {
			return &SizeError{What: "file", Size: info.size, Max: MaxBlobSize}
		}
		return nil
	})
	if err != nil {
		return "", nil, r.named(ctx, rev, err)
	}
	if err := r.checkName(ctx, rev, info.id); err != nil {
		return "", nil, err
	}
	return info.id, content, nil
}

// Resolve returns the id and the type of the object that rev names, without
// reading it. "rev^{commit}" follows tags to the commit they point to. A name
// that git takes in two ways is an *AmbiguousRefError.
func (r *Repository) Resolve(ctx context.Context, rev string) (id, typ string, err error) {
	if id, typ, err = r.resolve(ctx, rev); err == nil {
		err = r.checkName(ctx, rev, id)
	}
	if err != nil {
		return "", "", err
	}
	return id, typ, nil
}

// resolve is Resolve for a name that may be ambiguous.
func (r *Repository) resolve(ctx context.Context, rev string) (id, typ string, err error) {
	ask := func(c *catFile) (objectInfo, error) { return c.info(rev) }
	if id, suffix, _ := strings.Cut(rev, "^"); r.isFullID(id) && (suffix == "{commit}" || suffix == "{tree}") {
		ask = func(c *catFile) (objectInfo, error) { return c.peel(strings.ToLower(id), strings.Trim(suffix, "{}")) }
	}
	err = r.withCatFile(ctx, rev, func(c *catFile) error {
		info, err := ask(c)
		id, typ = info.id, info.typ
		return err
	})
	return id, typ, err
}

// PathID returns the id of what a commit has at path, whether or not that is
// here, and nothing where it has nothing there. Where the trees that would tell
// are not here either, that is an error.
func (r *Repository) PathID(ctx context.Context, commit, path string) (string, error) {
	id, _, err := r.Resolve(ctx, commit+":"+path)
	if !errors.Is(err, ErrMissing) {
		return id, err
	}
	args := append(append([]string{}, objectArgs...), "ls-tree", "--full-tree", "--object-only", commit, "--", path)
	out, err := r.options.run(ctx, maxAnswerSize, args...)
	return strings.TrimSpace(string(out)), err
}

// read asks git for an object, first about it, so that accept can refuse it
// before its bytes are read.
func (r *Repository) read(ctx context.Context, rev string, accept func(objectInfo) error) (info objectInfo, raw []byte, err error) {
	err = r.withCatFile(ctx, rev, func(c *catFile) error {
		if info, err = c.info(rev); err != nil {
			return err
		}
		if err := accept(info); err != nil {
			return answerError{err}
		}
		raw, err = c.contents(info)
		return err
	})
	if err != nil {
		return objectInfo{}, nil, err
	}
	format, _ := formatOf(info.id)
	if id := objectID(format, info.typ, raw); id != info.id {
		return objectInfo{}, nil, fmt.Errorf("%s: %w: the id of its bytes is %s", info.id, ErrCorrupt, id)
	}
	return info, raw, nil
}

// withCatFile calls use with the running cat-file, which it starts if there is
// none and ends if use leaves it out of step or ctx ends first.
func (r *Repository) withCatFile(ctx context.Context, rev string, use func(*catFile) error) error {
	if err := checkRevision(rev); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if r.cat == nil {
		cat, err := startCatFile(r.options)
		if err != nil {
			return err
		}
		r.cat = cat
	}
	cat := r.cat
	stop := context.AfterFunc(ctx, cat.kill)
	err := use(cat)
	killed := !stop()
	var answer answerError
	if !killed && (err == nil || errors.As(err, &answer)) {
		if err != nil {
			return fmt.Errorf("%q: %w", rev, answer.error)
		}
		return nil
	}
	r.cat = nil
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE)
	if !ended {
		cat.kill() // it may be in the middle of an answer that nobody will read
	}
	said := cat.close()
	switch {
	case killed:
		return context.Cause(ctx)
	case ended && said != nil:
		return fmt.Errorf("%q: %w", rev, said)
	}
	return fmt.Errorf("%q: %w", rev, err)
}

// checkRevision refuses what would be an option or a second question to git.
func checkRevision(rev string) error {
	switch {
	case rev == "":
		return errors.New("revision: empty")
	case rev[0] == '-':
		return fmt.Errorf("revision %q: begins with a dash", rev)
	case strings.ContainsAny(rev, "\n\x00"):
		return fmt.Errorf("revision %q: holds a newline or NUL", rev)
	case len(rev) > maxRevisionSize:
		return &SizeError{What: "revision", Size: int64(len(rev)), Max: maxRevisionSize}
	}
	return nil
}

// refRules are the places where git looks for a ref by a short name, the first
// one found counting (gitrevisions(7)).
var refRules = []string{"%s", "refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s", "refs/remotes/%s/HEAD"}

// refOf returns the full name of the ref that rev is a name of and that leads to
// the object id, empty if rev is no ref's name.
func (r *Repository) refOf(ctx context.Context, rev, id string) (string, error) {
	name, past := withoutTagPeel(rev)
	refs, err := r.refsNamed(ctx, name)
	switch {
	case err != nil || len(refs) == 0:
		return "", err
	case refs[0].id != id && !past:
		return "", fmt.Errorf("%q: %s, read at %s, is at %s", rev, refs[0].name, id, refs[0].id)
	}
	return refs[0].name, nil
}

// namedRef is a ref and what it holds.
type namedRef struct{ name, id string }

// refsNamed returns the refs under refs/ that a short name may mean, in the order
// in which git looks for them.
func (r *Repository) refsNamed(ctx context.Context, rev string) ([]namedRef, error) {
	args := []string{"for-each-ref", "--format=%(objectname) %(refname)", "--"}
	var names []string
	for _, rule := range refRules {
		if name := fmt.Sprintf(rule, rev); strings.HasPrefix(name, "refs/") {
			names = append(names, name)
		}
	}
	out, err := r.options.run(ctx, maxListSize, append(args, names...)...)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for line := range strings.Lines(string(out)) {
		target, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		found[name] = target
	}
	var refs []namedRef
	for _, name := range names {
		if target, ok := found[name]; ok {
			refs = append(refs, namedRef{name, target})
		}
	}
	return refs, nil
}

// Close ends the git process, if one runs, and removes what was temporary. Reads
// after it are ErrClosed.
func (r *Repository) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	err := r.bench.remove()
	if r.cat == nil {
		return err
	}
	cat := r.cat
	r.cat = nil
	return errors.Join(cat.close(), err)
}
