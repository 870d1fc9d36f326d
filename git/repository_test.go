package git_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

func open(t *testing.T, repo *gittest.Repo) *git.Repository {
	t.Helper()
	r, err := git.Open(t.Context(), git.Options{Dir: repo.Dir, Env: repo.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// clone clones a repository into a directory beside it.
func clone(t *testing.T, from *gittest.Repo, name string, flags ...string) *gittest.Repo {
	t.Helper()
	dir := filepath.Join(filepath.Dir(from.Dir), name)
	from.Git(append(append([]string{"clone", "--quiet"}, flags...), "file://"+from.Dir, dir)...)
	return from.In(dir)
}

func TestReadObjectInEveryShapeOfRepository(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		format string
		shape  func(t *testing.T, repo *gittest.Repo) *gittest.Repo // repo has two commits
	}{
		{"work tree", "sha1", func(_ *testing.T, repo *gittest.Repo) *gittest.Repo { return repo }},
		{"SHA-256", "sha256", func(_ *testing.T, repo *gittest.Repo) *gittest.Repo { return repo }},
		{"subfolder", "sha1", func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			repo.Write("deep/er/file", "")
			return repo.In("deep/er")
		}},
		{"inside .git", "sha1", func(_ *testing.T, repo *gittest.Repo) *gittest.Repo { return repo.In(".git") }},
		{"bare", "sha1", func(t *testing.T, repo *gittest.Repo) *gittest.Repo { return clone(t, repo, "bare", "--bare") }},
		{"bare SHA-256", "sha256", func(t *testing.T, repo *gittest.Repo) *gittest.Repo { return clone(t, repo, "bare", "--bare") }},
		{"linked worktree", "sha1", func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			repo.Git("worktree", "add", "--quiet", "--detach", "../linked")
			return repo.In("../linked")
		}},
		{"linked worktree of a bare repository", "sha256", func(t *testing.T, repo *gittest.Repo) *gittest.Repo {
			bare := clone(t, repo, "bare", "--bare")
			bare.Git("worktree", "add", "--quiet", "--detach", "../linked")
			return bare.In("../linked")
		}},
		{"submodule", "sha1", func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			super := repo.In("../super")
			repo.Git("init", "--quiet", super.Dir)
			super.Git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", repo.Dir, "sub")
			return super.In("sub")
		}},
		{"shallow clone", "sha1", func(t *testing.T, repo *gittest.Repo) *gittest.Repo {
			return clone(t, repo, "shallow", "--depth=1")
		}},
		{"sparse checkout with worktreeConfig", "sha1", func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			repo.Git("sparse-checkout", "set", "nothing")
			if repo.Git("config", "extensions.worktreeConfig") != "true" {
				repo.Git("config", "extensions.worktreeConfig", "true")
			}
			repo.Git("worktree", "add", "--quiet", "--detach", "../linked")
			return repo.In("../linked")
		}},
		{"objects shared with another repository", "sha1", func(t *testing.T, repo *gittest.Repo) *gittest.Repo {
			return clone(t, repo, "shared", "--shared")
		}},
		{"packed objects and refs", "sha1", func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			repo.Git("gc", "--quiet")
			return repo
		}},
		{"GIT_DIR", "sha1", func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			return repo.In("/").With("GIT_DIR=" + filepath.Join(repo.Dir, ".git"))
		}},
		{"relative GIT_DIR", "sha256", func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			return repo.In("..").With("GIT_DIR=repo/.git")
		}},
		{"GIT_OBJECT_DIRECTORY", "sha1", func(t *testing.T, repo *gittest.Repo) *gittest.Repo {
			return repo.With("GIT_OBJECT_DIRECTORY=" + moveObjects(t, repo))
		}},
		{"GIT_ALTERNATE_OBJECT_DIRECTORIES", "sha1", func(t *testing.T, repo *gittest.Repo) *gittest.Repo {
			return repo.With("GIT_ALTERNATE_OBJECT_DIRECTORIES=" + moveObjects(t, repo))
		}},
		{"quarantine", "sha1", func(t *testing.T, repo *gittest.Repo) *gittest.Repo {
			quarantine := moveObjects(t, repo)
			return repo.With("GIT_QUARANTINE_PATH="+quarantine, "GIT_OBJECT_DIRECTORY="+quarantine,
				"GIT_ALTERNATE_OBJECT_DIRECTORIES="+filepath.Join(repo.Dir, ".git", "objects"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, c.format)
			repo.Commit("first")
			id := repo.Commit("second")
			r := open(t, c.shape(t, repo))
			if string(r.Format()) != c.format || !filepath.IsAbs(r.GitDir()) {
				t.Errorf("format %q, directory %q", r.Format(), r.GitDir())
			}
			for _, rev := range []string{"HEAD", id} {
				ref, o, err := r.ReadObject(t.Context(), rev)
				if err != nil {
					t.Fatal(err)
				}
				if o.ID() != id || ref != "" || o.Subject() != "second" || string(o.Format) != c.format {
					t.Errorf("%q: read %s %q, ref %q", rev, o.ID(), o.Subject(), ref)
				}
			}
		})
	}
}

// moveObjects moves a repository's objects to where only the environment can
// say, and returns that place.
func moveObjects(t *testing.T, repo *gittest.Repo) string {
	t.Helper()
	to := filepath.Join(filepath.Dir(repo.Dir), "moved")
	if err := os.Rename(filepath.Join(repo.Dir, ".git", "objects"), to); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(repo.Dir, ".git", "objects"), 0o755); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestOpenFindsTheWorkTree(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Write("deep/file", "")
	for _, c := range []struct{ dir, want string }{{".", repo.Dir}, {"deep", repo.Dir}, {".git", ""}} {
		if got := open(t, repo.In(c.dir)).WorkTree(); got != c.want {
			t.Errorf("in %q: work tree %q, want %q", c.dir, got, c.want)
		}
	}
}

func TestReadObjectNamesTheRefOfATag(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Commit("first")
	repo.Git("tag", "-m", "one", "v1")
	id := repo.Git("rev-parse", "v1")
	repo.Git("update-ref", "refs/tags/v2", id)
	repo.Git("update-ref", "refs/remotes/origin/v3", id)
	repo.Git("update-ref", "--create-reflog", "refs/tags/v4", id)
	repo.Git("tag", "light")
	r := open(t, repo)
	for _, c := range []struct{ name, rev, ref string }{
		{"short name", "v1", "refs/tags/v1"},
		{"with the kind", "tags/v1", "refs/tags/v1"},
		{"full name", "refs/tags/v1", "refs/tags/v1"},
		{"another ref's name", "v2", "refs/tags/v2"},
		{"no tag's ref", "origin/v3", "refs/remotes/origin/v3"},
		{"id", id, ""},
		{"abbreviated id", id[:12], ""},
		{"short name, as a tag", "v1^{tag}", "refs/tags/v1"},
		{"another ref's name, as what it is", "v2^{object}^{tag}", "refs/tags/v2"},
		{"id, as a tag", id + "^{tag}", ""},
		{"what the ref held", "v4@{0}", "refs/tags/v4"},
		{"what the ref held, as a tag", "refs/tags/v4@{0}^{tag}", "refs/tags/v4"},
		{"tag that is a commit", "light", ""},
		{"branch", "main", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ref, o, err := r.ReadObject(t.Context(), c.rev)
			if err != nil {
				t.Fatal(err)
			}
			if ref != c.ref || (o.Type == git.Tag && (o.TagName() != "v1" || o.ID() != id)) {
				t.Errorf("ref %q, want %q; tag %q %s", ref, c.ref, o.TagName(), o.ID())
			}
		})
	}
}

func TestReadObjectRefusesATagWhoseRefLeadsElsewhere(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Commit("first")
	repo.Git("tag", "-m", "one", "v1")
	repo.Git("tag", "-m", "two", "v2")
	repo.Write(".git/v1", repo.Git("rev-parse", "v2")+"\n") // which git takes before refs/tags/v1
	_, o, err := open(t, repo).ReadObject(t.Context(), "v1")
	if err == nil || o != nil || !strings.Contains(err.Error(), "refs/tags/v1") {
		t.Errorf("%v, want that refs/tags/v1 is elsewhere", err)
	}
}

func TestReadObjectIgnoresReplacementsAndGrafts(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	first, second, third := repo.Commit("first"), repo.Commit("second"), repo.Commit("third")
	repo.Git("replace", third, first)
	repo.Write(".git/info/grafts", third+" "+first+"\n")
	r := open(t, repo)
	for rev, want := range map[string]string{"HEAD": third, "HEAD~1": second, "HEAD~2": first} {
		_, o, err := r.ReadObject(t.Context(), rev)
		if err != nil || o.ID() != want {
			t.Errorf("%q: %v, want %s", rev, err, want)
		}
	}
}

// TestReadObjectIgnoresACommitGraphThatLies writes the commit-graph while the
// third commit's bytes are the second's, whose parent is the first.
func TestReadObjectIgnoresACommitGraphThatLies(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	first, second, third := repo.Commit("first"), repo.Commit("second"), repo.Commit("third")
	repo.Commit("fourth")
	path := func(id string) string { return filepath.Join(repo.Dir, ".git", "objects", id[:2], id[2:]) }
	if err := os.Rename(path(third), path(third)+".kept"); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path(second), path(third)); err != nil {
		t.Fatal(err)
	}
	repo.Git("commit-graph", "write", "--reachable")
	if err := os.Rename(path(third)+".kept", path(third)); err != nil {
		t.Fatal(err)
	}
	if lie := repo.Git("rev-parse", "HEAD~2"); lie != first {
		t.Fatalf("git says %s: the commit-graph does not lie", lie)
	}
	if _, o, err := open(t, repo).ReadObject(t.Context(), "HEAD~2"); err != nil || o.ID() != second {
		t.Errorf("%v, want %s", err, second)
	}
}

func TestReadObjectErrors(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	id := repo.Commit("first")
	tree := repo.Git("rev-parse", "HEAD^{tree}")
	twice := repo.Store("commit", []byte("tree "+tree+"\n"+people+"committer Eve <eve@example.com> 1 +0000\n\nm\n"))
	huge := repo.Store("commit", []byte("tree "+tree+"\n"+people+"\n"+strings.Repeat("x", git.MaxObjectSize)))
	r := open(t, repo)
	var typeError *git.TypeError
	var sizeError *git.SizeError
	var ambiguous *git.AmbiguousError
	var command *git.CommandError
	for _, c := range []struct {
		name, rev string
		is        error
		as        any
		says      string
	}{
		{"unknown name", "nowhere", git.ErrNoRevision, nil, `"nowhere": no such revision`},
		{"a range", "HEAD~1..HEAD", git.ErrNoRevision, nil, `"HEAD~1..HEAD": no such revision`},
		{"unknown id", someID, git.ErrMissing, nil, someID},
		{"file", "HEAD:file.txt", nil, &typeError, `"HEAD:file.txt": a blob, not a commit or tag`},
		{"folder", "HEAD^{tree}", nil, &typeError, "a tree"},
		{"ambiguous object", twice, nil, &ambiguous, twice + `: ambiguous commit: header "committer"`},
		{"too large", huge, nil, &sizeError, "the limit is"},
		{"nothing upstream", "@{upstream}", nil, &command, "no upstream configured"},
		{"nothing", "", nil, nil, "empty"},
		{"option", "--all", nil, nil, "begins with a dash"},
		{"second question", "HEAD\ncontents HEAD", nil, nil, "newline"},
		{"NUL", "HEAD\x00", nil, nil, "NUL"},
		{"endless", strings.Repeat("x", 5000), nil, &sizeError, "revision of 5000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, o, err := r.ReadObject(t.Context(), c.rev)
			if err == nil || o != nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v, want %q", err, c.says)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
			if c.as != nil && !errors.As(err, c.as) {
				t.Errorf("%v is not a %T", err, c.as)
			}
			if _, o, err := r.ReadObject(t.Context(), "HEAD"); err != nil || o.ID() != id {
				t.Errorf("the next read: %v", err)
			}
		})
	}
}

func TestReadObjectRefusesAnAmbiguousAbbreviation(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	tree := repo.GitInput(nil, "hash-object", "-w", "-t", "tree", "--stdin")
	byPrefix := map[string][]byte{}
	for n := 0; ; n++ {
		raw := []byte("tree " + tree + "\n" + people + "\n" + strings.Repeat("x", n))
		prefix := idOf(git.SHA1, git.Commit, raw)[:4]
		other, ok := byPrefix[prefix]
		if !ok {
			byPrefix[prefix] = raw
			continue
		}
		repo.Store("commit", raw)
		repo.Store("commit", other)
		if _, _, err := open(t, repo).ReadObject(t.Context(), prefix); !errors.Is(err, git.ErrAmbiguousName) {
			t.Errorf("%q: %v", prefix, err)
		}
		return
	}
}

func TestReadObjectRefusesBytesOfAnotherObject(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	first, second := repo.Commit("first"), repo.Commit("second")
	path := func(id string) string { return filepath.Join(repo.Dir, ".git", "objects", id[:2], id[2:]) }
	if err := os.Remove(path(first)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path(second), path(first)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := open(t, repo).ReadObject(t.Context(), first); !errors.Is(err, git.ErrCorrupt) {
		t.Errorf("%v, want ErrCorrupt", err)
	}
}

func TestReadBlobAndResolve(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Write(".git-seal/policy.yaml", "version: 1\r\n")
	repo.Write("large", strings.Repeat("x", git.MaxBlobSize+1))
	repo.Git("add", ".")
	id := repo.Commit("first")
	repo.Git("tag", "-m", "one", "v1")
	r := open(t, repo)

	blob, content, err := r.ReadBlob(t.Context(), "v1:.git-seal/policy.yaml")
	if err != nil || string(content) != "version: 1\r\n" || blob != repo.Git("rev-parse", "HEAD:.git-seal/policy.yaml") {
		t.Errorf("read %s %q, %v", blob, content, err)
	}
	var typeError *git.TypeError
	if _, _, err := r.ReadBlob(t.Context(), "v1"); !errors.As(err, &typeError) || typeError.Type != "tag" {
		t.Errorf("a tag as a file: %v", err)
	}
	var sizeError *git.SizeError
	if _, _, err := r.ReadBlob(t.Context(), "v1:large"); !errors.As(err, &sizeError) {
		t.Errorf("a large file: %v", err)
	}
	if _, _, err := r.ReadBlob(t.Context(), "v1:nowhere"); !errors.Is(err, git.ErrNoRevision) {
		t.Errorf("a missing file: %v", err)
	}
	for rev, want := range map[string]string{"v1^{commit}": id + " commit", "v1": repo.Git("rev-parse", "v1") + " tag", "v1^{tree}": repo.Git("rev-parse", "v1^{tree}") + " tree"} {
		if got, typ, err := r.Resolve(t.Context(), rev); err != nil || got+" "+typ != want {
			t.Errorf("%q: %s %s, %v, want %s", rev, got, typ, err, want)
		}
	}
	if _, _, err := r.Resolve(t.Context(), "nowhere"); !errors.Is(err, git.ErrMissing) {
		t.Errorf("a missing name: %v", err)
	}
}

func TestReadsFetchNothingInAPartialClone(t *testing.T) {
	t.Parallel()
	origin := gittest.New(t, "sha1")
	origin.Git("config", "uploadpack.allowFilter", "true")
	origin.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	id := origin.Commit("first")
	blob := origin.Git("rev-parse", "HEAD:file.txt")
	for _, c := range []struct {
		name, git string
	}{
		{"git as it is", ""},
		{"git that does not know GIT_NO_LAZY_FETCH", "#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nexec git \"$@\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := clone(t, origin, "partial "+c.name, "--no-checkout", "--filter=blob:none")
			options := git.Options{Dir: repo.Dir, Env: repo.Env()}
			if c.git != "" {
				options.Git = program(t, c.git)
			}
			r := git.New(options)
			defer r.Close()
			for range 2 {
				_, _, err := r.ReadBlob(t.Context(), "HEAD:file.txt")
				if !errors.Is(err, git.ErrMissing) || !strings.Contains(err.Error(), blob) {
					t.Errorf("%v, want that %s is missing", err, blob)
				}
				if _, o, err := r.ReadObject(t.Context(), "HEAD"); err != nil || o.ID() != id {
					t.Errorf("the commit beside it: %v", err)
				}
			}
			if have := repo.Git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)"); strings.Contains(have, blob) {
				t.Error("the missing object was fetched")
			}
		})
	}
}

func TestReadObjectSaysWhatAShallowCloneLacks(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	first := repo.Commit("first")
	repo.Commit("second")
	r := open(t, clone(t, repo, "shallow", "--depth=1"))
	for rev, want := range map[string]error{first: git.ErrMissing, "HEAD~1": git.ErrNoRevision} {
		if _, _, err := r.ReadObject(t.Context(), rev); !errors.Is(err, want) || !strings.Contains(err.Error(), rev) {
			t.Errorf("%q: %v, want %v", rev, err, want)
		}
	}
}

func TestRepositoryIsSafeForParallelUse(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	ids := []string{repo.Commit("first"), repo.Commit("second"), repo.Commit("third")}
	r := open(t, repo)
	var wait sync.WaitGroup
	for range 4 {
		for _, id := range ids {
			wait.Go(func() {
				if _, o, err := r.ReadObject(t.Context(), id); err != nil || o.ID() != id {
					t.Errorf("%s: %v", id, err)
				}
				if _, _, err := r.ReadObject(t.Context(), "nowhere"); !errors.Is(err, git.ErrNoRevision) {
					t.Errorf("nowhere: %v", err)
				}
			})
		}
	}
	wait.Wait()
}

func TestReadsAfterCloseAreRefused(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Commit("first")
	r := git.New(git.Options{Dir: repo.Dir, Env: repo.Env()})
	if _, _, err := r.ReadObject(t.Context(), "HEAD"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if _, _, err := r.ReadObject(t.Context(), "HEAD"); !errors.Is(err, git.ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
}

func TestTraceNamesEachCallOfGit(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Commit("first")
	var calls []string
	var ended int
	r := git.New(git.Options{Dir: repo.Dir, Env: repo.Env(), Trace: func(args []string) func() {
		calls = append(calls, strings.Join(args, " "))
		return func() { ended++ }
	}})
	if _, err := r.ReadConfig(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.SetConfig(t.Context(), git.Local, "seal.x", "a\nb"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.ReadObject(t.Context(), "HEAD"); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"config --list -z --show-origin --show-scope",
		"config --local --replace-all --end-of-options seal.x a\nb",
		"--no-replace-objects -c core.commitGraph=false -c core.packedGitWindowSize=1m -c core.packedGitLimit=8m -c core.deltaBaseCacheLimit=16m cat-file --batch-command",
		"--no-replace-objects -c core.commitGraph=false -c core.warnAmbiguousRefs=true -c advice.objectNameWarning=false rev-parse --verify --end-of-options HEAD",
	}
	if !slices.Equal(calls, want) || ended != len(want) {
		t.Errorf("told of %q and %d ends, want %q", calls, ended, want)
	}
}

// BenchmarkReadObject reads one small commit again and again: two questions
// through the pipe.
func BenchmarkReadObject(b *testing.B) {
	repo := gittest.New(b, "sha1")
	id := repo.Commit("first")
	r := git.New(git.Options{Dir: repo.Dir, Env: repo.Env()})
	defer r.Close()
	for b.Loop() {
		if _, err := r.ReadID(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
}
