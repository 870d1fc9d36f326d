//go:build unix

package main

import (
	"archive/zip"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// withoutGitSeal leaves a script a machine with go and git on which nothing of
// git-seal's is installed, and which reaches no network: modules come out of go's
// cache, and this repository's, as release v0.0.1, out of a directory. What
// go installs for everybody is on PATH, as in GitLab's image.
func (s *scripts) withoutGitSeal(ts *testscript.TestScript, _ []string) {
	work := ts.Getenv("WORK")
	bin := filepath.Join(work, "go", "bin")
	path := slices.DeleteFunc(filepath.SplitList(ts.Getenv("PATH")), func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "git-seal"))
		return err == nil
	})
	ts.Setenv("PATH", strings.Join(append(path, bin), string(os.PathListSeparator)))
	cache := goEnv(ts, "GOMODCACHE")
	proxy := filepath.Join(work, "proxy")
	release(ts, ciRoot(ts), filepath.Join(proxy, "github.com", "git-seal", "git-seal", "@v"))
	for name, value := range map[string]string{
		"GOPATH": filepath.Join(work, "go"), "GOCACHE": goEnv(ts, "GOCACHE"), "GOTOOLCHAIN": "local",
		"GOPROXY": "file://" + proxy + ",file://" + filepath.Join(cache, "cache", "download"), "GOSUMDB": "off",
		"GOFLAGS": "-trimpath -modcacherw -buildvcs=false", "CGO_ENABLED": "0", // as install.sh builds, whose work is in the cache
	} {
		ts.Setenv(name, value)
	}
}

func goEnv(ts *testscript.TestScript, name string) string {
	out, err := exec.Command("go", "env", name).Output()
	ts.Check(err)
	return strings.TrimSpace(string(out))
}

// release writes the files by which a module proxy serves a release.
func release(ts *testscript.TestScript, root, dir string) {
	ts.Check(os.MkdirAll(dir, 0o755))
	module, err := os.ReadFile(filepath.Join(root, "go.mod"))
	ts.Check(err)
	for name, text := range map[string]string{"list": "v0.0.1\n", "v0.0.1.info": `{"Version":"v0.0.1"}`, "v0.0.1.mod": string(module)} {
		ts.Check(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	f, err := os.Create(filepath.Join(dir, "v0.0.1.zip"))
	ts.Check(err)
	z := zip.NewWriter(f)
	ts.Check(filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, file)
		if err != nil || !entry.IsDir() && !entry.Type().IsRegular() {
			return err
		}
		if entry.IsDir() {
			if _, err := os.Stat(filepath.Join(file, "go.mod")); name != "." && (err == nil || name == ".git" || entry.Name() == "testdata") {
				return filepath.SkipDir // another module; or nothing that is built
			}
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		w, err := z.Create("github.com/git-seal/git-seal@v0.0.1/" + filepath.ToSlash(name))
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}))
	ts.Check(z.Close())
	ts.Check(f.Close())
}
