//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/gpg/gpgtest"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/verifier/audit/report"
)

// vector is one object and what becomes of it without a policy.
type vector struct {
	id, typ, verdict string
	raw              []byte
}

// loadVectors reads the objects of a set and the verdicts expected of them.
func loadVectors(t *testing.T, set string) []vector {
	t.Helper()
	var all []vector
	for _, v := range gittest.ReadVectors(t, set) {
		if v.Mergetag {
			continue // a tag inside a commit's mergetag header, which no revision names
		}
		verdict := v.Verdict
		if verdict == "good" {
			verdict = "untrusted" // no policy names the signer
		}
		all = append(all, vector{v.ID, v.Type, verdict, v.Raw})
	}
	return all
}

// isolated runs the binary as if nothing but this machine existed: no
// configuration, no cache, and proxies that nobody answers at.
func isolated(t *testing.T) *gittest.Repo {
	t.Helper()
	r := gittest.New(t, "sha1").With("PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"HTTP_PROXY=http://127.0.0.1:1", "HTTPS_PROXY=http://127.0.0.1:1", "ALL_PROXY=http://127.0.0.1:1")
	return r
}

func TestVectorsGetTheirVerdicts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, root string // the root among the vectors; empty: the one in the binary
	}{
		{"gitsign", "trusted_root.json"},
		{"public", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := gittest.Vectors(t, tc.name)
			r := isolated(t)
			if tc.root != "" {
				r.Git("config", "seal.trustedRoot", filepath.Join(dir, tc.root))
			}
			all := loadVectors(t, tc.name)
			args := []string{"seal", "verify", "--format", "json"}
			for _, v := range all {
				args = append(args, r.Store(v.typ, v.raw))
			}
			out, stderr, err := r.Try(nil, args...)
			if exit := (*exec.ExitError)(nil); err == nil || !errors.As(err, &exit) || exit.ExitCode() != host.ExitNotGood {
				t.Fatalf("git seal verify: %v\n%s", err, stderr)
			}
			lines := strings.Split(out, "\n")
			for i, v := range all {
				var got report.Object
				if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
					t.Fatal(err)
				}
				if !expected(v.verdict, got.Verdict) || got.Object != v.id || got.Reason == "" {
					t.Errorf("%s: %s (%s), want %s", v.id, got.Verdict, got.Reason, v.verdict)
				}
			}
		})
	}
}

// expected compares verdicts; "refuse" is any that is neither good nor could be
// with a policy.
func expected(want, got string) bool {
	if want == "refuse" {
		return got == "bad" || got == "unsigned" || got == "unsupported" || got == "unknown"
	}
	return want == got
}

// Git's own calls come to the same verdicts, with status lines that git can
// read, one object a process.
func TestVectorsAsGitAsks(t *testing.T) {
	t.Parallel()
	dir := gittest.Vectors(t, "gitsign")
	r := isolated(t)
	r.Git("config", "seal.trustedRoot", filepath.Join(dir, "trusted_root.json"))
	letters := map[string]string{"untrusted": "GOODSIG", "unproven": "GOODSIG"}
	for _, v := range loadVectors(t, "gitsign") {
		o, err := git.ParseObject(git.SHA1, git.ObjectType(v.typ), v.raw)
		if err != nil {
			t.Fatalf("%s: %v", v.id, err)
		}
		status, stderr := verifyAsGit(t, r, o.Payload(), o.Signature())
		if err := gpgtest.CheckStatus(status); err != nil {
			t.Errorf("%s: %v\n%s", v.id, err, status)
		}
		if good := strings.Contains(status, "GOODSIG"); good != (letters[v.verdict] == "GOODSIG") {
			t.Errorf("%s, %s:\n%s%s", v.id, v.verdict, status, stderr)
		}
		if strings.Contains(status, "TRUST_FULLY") {
			t.Errorf("%s is trusted", v.id)
		}
	}
}

// verifyAsGit calls the binary with a payload and a signature as git does.
func verifyAsGit(t *testing.T, r *gittest.Repo, payload, signature []byte) (status, stderr string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "signature")
	if err := os.WriteFile(file, signature, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "git-seal"), "--status-fd=1", "--verify", file, "-")
	cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, r.Env(), bytes.NewReader(payload)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() <= 0 {
		t.Fatalf("%v: %v", cmd, err)
	}
	return out.String(), errs.String()
}

// A usage text that once ended up in a signature header is a bad signature.
func TestJunkInTheSignatureHeaderIsBad(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(gittest.Vectors(t, "junk-gpgsig"), "*.commit"))
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	r := isolated(t)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		id := r.Store("commit", raw)
		out, stderr, err := r.Try(nil, "seal", "verify", id)
		if err == nil || !strings.Contains(out, "\nbad: commit "+id) || !strings.Contains(out, "\n  why: ") {
			t.Errorf("%s: %v\n%s%s", file, err, out, stderr)
		}
	}
}

var refusal = regexp.MustCompile(`^git-seal: (bad|unknown): \S`)

// Bytes that crash or exhaust other parsers get an answer.
func TestHostileSignaturesGetAnAnswer(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(gittest.Vectors(t, "hostile-cms"), "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	r := isolated(t)
	for _, file := range files {
		der, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, signature := range [][]byte{der, cms.EncodePEM(der)} {
			status, stderr := verifyAsGit(t, r, []byte("payload"), signature)
			if err := gpgtest.CheckStatus(status); err != nil || strings.Contains(status, "GOODSIG") || !refusal.MatchString(stderr) {
				t.Errorf("%s: %v\n%s%s", file, err, status, stderr)
			}
		}
	}
}
