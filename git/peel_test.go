package git_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// TestResolvePeelsAsGit compares what an object leads to with what git says.
func TestResolvePeelsAsGit(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		repo := gittest.New(t, format)
		repo.Write("file", "content")
		repo.Git("add", "file")
		commit := repo.Commit("first")
		tree, blob := repo.Git("rev-parse", "HEAD^{tree}"), repo.Git("rev-parse", "HEAD:file")
		tag := func(name, of string) string {
			repo.Git("-c", "advice.nestedTag=false", "tag", "-m", name, name, of)
			return repo.Git("rev-parse", name)
		}
		ids := map[string]string{"commit": commit, "tree": tree, "blob": blob, "nothing": strings.Repeat("5eed", len(commit)/4)}
		ids["tag of a commit"] = tag("c", commit)
		ids["tag of a tag"] = tag("cc", "c")
		ids["tag of a tree"] = tag("t", tree)
		ids["tag of a blob"] = tag("b", blob)
		ids["tag of nothing"] = repo.Store("tag", []byte("object "+ids["nothing"]+"\ntype commit\ntag n\ntagger A <a@example.com> 1 +0000\n\nm\n"))
		ids["a commit of 17 MB"] = repo.Store("commit", []byte("tree "+tree+"\n"+people+"\n"+strings.Repeat("x", 17<<20)))
		ids["commit of no tree"] = repo.Store("commit", []byte("tree "+ids["nothing"]+"\n"+people+"\nm\n"))
		r := open(t, repo)
		for name, id := range ids {
			for _, suffix := range []string{"^{commit}", "^{tree}"} {
				for _, rev := range []string{id + suffix, strings.ToUpper(id) + suffix} {
					want, _, failed := repo.Try(nil, "rev-parse", "--verify", "--quiet", rev)
					got, typ, err := r.Resolve(t.Context(), rev)
					if failed != nil && !errors.Is(err, git.ErrMissing) || failed == nil && (err != nil || got != strings.TrimSpace(string(want)) || "^{"+typ+"}" != suffix) {
						t.Errorf("%s %s: %s %s, %v; git: %s, %v", name, suffix, got, typ, err, want, failed)
					}
				}
			}
		}
	}
}

// TestResolveLeavesNothingInGit asks for the commits and trees of many tips: what
// git keeps of them does not grow with their number.
func TestResolveLeavesNothingInGit(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the memory of another process is read from /proc")
	}
	const tips, width = 1000, 1500 // 70 MB of trees
	var stream bytes.Buffer
	stream.WriteString("blob\nmark :1\ndata 1\nx\n")
	for i := range tips {
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter A <a@example.com> %d +0000\ndata 1\nm\n", 1700000000+i)
		for file := 0; i == 0 && file < width; file++ {
			fmt.Fprintf(&stream, "M 100644 :1 a-file-with-a-name-%05d\n", file)
		}
		fmt.Fprintf(&stream, "M 100644 inline changed\ndata %d\n%d\n\n", len(strconv.Itoa(i)), i)
	}
	repo := gittest.New(t, "sha1")
	if _, said, err := repo.Try(stream.Bytes(), "fast-import", "--quiet"); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	ids := strings.Fields(repo.Git("rev-list", "main"))
	if len(ids) != tips {
		t.Fatalf("%d commits", len(ids))
	}
	r := open(t, repo)
	for _, id := range ids {
		for _, rev := range []string{id + "^{commit}", id + "^{tree}", id, id + ":nothing"} {
			if _, _, err := r.Resolve(t.Context(), rev); err != nil && !strings.HasSuffix(rev, ":nothing") {
				t.Fatal(err)
			}
		}
		if _, err := r.ReadID(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	const most = 32 << 20
	if got := ownMemory(t, r.CatFileForTest()); got > most {
		t.Errorf("git holds %d MiB, at most %d", got>>20, most>>20)
	}
}

// ownMemory is what a process holds beside files.
func ownMemory(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "RssAnon:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("no RssAnon")
	return 0
}
