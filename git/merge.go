package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Tree returns the id of a commit's tree. Of a tag it is empty.
func (o *Object) Tree() string {
	line, _, _ := bytes.Cut(o.Raw, []byte("\n"))
	id, _ := strings.CutPrefix(string(line), "tree ")
	if o.Type != Commit {
		return ""
	}
	return id
}

// Parents returns the ids of a commit's parents, in their order. Of a tag there
// are none.
func (o *Object) Parents() []string {
	if o.Type != Commit {
		return nil
	}
	return parents(o.Raw)
}

// Parents is Object.Parents of a commit that was not parsed: of one that is
// malformed, those that stand where git looks for them.
func (s StoredObject) Parents() []string {
	if s.Type != Commit {
		return nil
	}
	return parents(s.Raw)
}

func parents(raw []byte) []string {
	var ids []string
	_, rest, _ := bytes.Cut(raw, []byte("\n"))
	for {
		line, next, _ := bytes.Cut(rest, []byte("\n"))
		id, ok := bytes.CutPrefix(line, []byte("parent "))
		if !ok {
			return ids
		}
		ids, rest = append(ids, string(id)), next
	}
}

// MergesCleanly reports whether the tree of a merge of two parents is what git
// makes of them by itself: no conflict, and nothing added. Of what is no merge
// of two it is false. Objects that are not here are an error.
//
// The merge is made with git's defaults in a temporary repository under
// Options.TempDir, which sees this one's objects and nothing else of it: neither
// configuration nor attributes choose how, or by which program, files are
// merged, and nothing is written to this repository.
func (r *Repository) MergesCleanly(ctx context.Context, merge *Object) (bool, error) {
	parents := merge.Parents()
	if len(parents) != 2 {
		return false, nil
	}
	bench, err := r.mergeBench(ctx)
	if err != nil {
		return false, fmt.Errorf("merging the parents: %w", err)
	}
	tree, clean, err := bench.mergeTree(ctx, parents)
	if err != nil {
		return false, fmt.Errorf("merging the parents: %w", err)
	}
	return clean && tree == merge.Tree(), nil
}

// mergeTree merges two commits and returns the tree. Git prints one for merges
// with conflicts too, and ends with the same exit code where a commit is not
// here. Where a tree is not, git 2.39 complains, takes it for an empty one and goes on:
// each merge has a process of its own, and not a line of merge-tree --stdin, so
// that a complaint is about this merge.
func (o Options) mergeTree(ctx context.Context, parents []string) (tree string, clean bool, err error) {
	args := append(slices.Clone(objectArgs), "-c", "core.attributesFile=/dev/null",
		"merge-tree", "--write-tree", "--no-messages", "--name-only", parents[0], parents[1])
	cmd, err := o.command(ctx, args...)
	if err != nil {
		return "", false, err
	}
	stdout, stderr := &limitedBuffer{max: maxAnswerSize}, &tailBuffer{max: maxStderrSize}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	ended := o.trace(args)
	err = cmd.Run()
	ended()
	tree, _, _ = strings.Cut(string(stdout.kept), "\n")
	var exit *exec.ExitError
	switch _, isTree := formatOf(tree); {
	case bytes.Contains(stderr.kept, []byte("error: ")):
		if err == nil || bytes.Contains(stderr.kept, []byte("error: Could not read ")) { // on which newer ones end
			err = ErrMissing
		}
	case err == nil:
		return tree, true, nil
	case errors.As(err, &exit) && exit.ExitCode() == 1 && isTree, stdout.overflow:
		return tree, false, nil // conflicts, by the name of each file
	}
	return "", false, o.failure(ctx, args, stderr.String(), err)
}

// bench is a temporary repository in which merges are made.
type bench struct {
	once sync.Once
	dir  string // to be removed; empty where there is none
	git  Options
	err  error
}

func (r *Repository) mergeBench(ctx context.Context) (Options, error) {
	r.bench.once.Do(func() {
		r.bench.err = r.bench.make(ctx, r.options, r.Format())
	})
	return r.bench.git, r.bench.err
}

// make makes an empty repository whose objects are those of the one that o
// finds.
func (b *bench) make(ctx context.Context, o Options, format ObjectFormat) (err error) {
	if o.TempDir == "" {
		return errors.New("no directory for temporary files")
	}
	out, err := o.run(ctx, maxAnswerSize, "rev-parse", "--path-format=absolute", "--git-path", "objects")
	if err != nil {
		return err
	}
	alternates := quotePath(strings.TrimSuffix(string(out), "\n"))
	if b.dir, err = os.MkdirTemp(o.TempDir, "git-seal-merge-"); err != nil {
		return err
	}
	dir := filepath.Join(b.dir, "repo.git")
	var env []string
	for _, v := range o.Env {
		name, value, _ := strings.Cut(v, "=")
		if name == "GIT_ALTERNATE_OBJECT_DIRECTORIES" && value != "" {
			alternates += string(os.PathListSeparator) + value // a server's quarantine names its repository here
		}
		if !strings.HasPrefix(name, "GIT_") || name == "GIT_EXEC_PATH" {
			env = append(env, v)
		}
	}
	b.git = Options{Dir: b.dir, Git: o.Git, Trace: o.Trace, TempDir: o.TempDir, Env: append(env,
		"GIT_DIR="+dir, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_ATTR_NOSYSTEM=1",
		"GIT_OBJECT_DIRECTORY="+filepath.Join(dir, "objects"), "GIT_ALTERNATE_OBJECT_DIRECTORIES="+alternates)}
	_, err = b.git.run(ctx, maxAnswerSize, "init", "--quiet", "--bare", "--template=", "--object-format="+string(format))
	return err
}

// remove takes away what was made.
func (b *bench) remove() error {
	if b.dir == "" {
		return nil
	}
	return os.RemoveAll(b.dir)
}

// quotePath writes a path so that git takes it for one whole entry of a list
// (git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES).
func quotePath(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(path) + `"`
}
