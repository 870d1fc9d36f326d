package verifier_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// vector is a line of an expected.tsv with its object.
type vector struct {
	file, verdict, why, subject, issuer string
	payload, signature                  []byte
	ambiguous                           error
}

// readVectors reads the objects of a set and splits them.
func readVectors(t testing.TB, set string) []vector {
	t.Helper()
	var all []vector
	for _, read := range gittest.ReadVectors(t, set) {
		v := vector{file: read.Name, verdict: read.Verdict, why: read.Why, subject: read.Identity, issuer: read.Issuer}
		v.payload, v.signature, v.ambiguous = splitObject(t, read)
		all = append(all, v)
	}
	return all
}

// splitObject reads the object of a vector, or the tag inside its mergetag
// header.
func splitObject(t testing.TB, v gittest.Vector) (payload, signature []byte, err error) {
	t.Helper()
	o, err := git.ParseObject(git.SHA1, git.ObjectType(v.Type), v.Raw)
	if err != nil {
		return nil, nil, err
	}
	if v.Mergetag {
		tags, err := o.Mergetags()
		if err != nil || len(tags) != 1 {
			t.Fatalf("%d mergetags: %v", len(tags), err)
		}
		o = tags[0]
	}
	return o.Payload(), o.Signature(), nil
}

func loadRoot(t testing.TB, path string) *trust.Root {
	t.Helper()
	root, err := trust.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func newVerifier(t testing.TB, policy *policy.Policy, roots ...*trust.Root) *verifier.Verifier {
	t.Helper()
	v, err := verifier.New(verifier.Options{Roots: roots, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestVectors holds every public object, and every one of a private instance,
// to its verdict: good ones show as untrusted without a policy, as good with
// one that names their signer, and as untrusted with one that names another.
func TestVectors(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"public", "gitsign"} {
		dir := gittest.Vectors(t, set)
		root := loadRoot(t, filepath.Join(dir, "trusted_root.json"))
		without := newVerifier(t, nil, root)
		stranger, err := policy.New("test", policy.Identity{Name: "stranger", Subject: "stranger@example.com", Issuer: "https://accounts.example.com"})
		if err != nil {
			t.Fatal(err)
		}
		forStranger := newVerifier(t, stranger, root)
		for _, v := range readVectors(t, set) {
			t.Run(set+"/"+v.file, func(t *testing.T) {
				t.Parallel()
				if v.ambiguous != nil {
					if v.verdict != "refuse" {
						t.Fatalf("object cannot be split: %v", v.ambiguous)
					}
					return
				}
				got := without.Verify(v.payload, v.signature)
				switch v.verdict {
				case "refuse":
					switch got.Verdict {
					case verifier.Good, verifier.Untrusted, verifier.Unproven:
						t.Errorf("%s: %v", v.why, got.Verdict)
					}
				case "good":
					checkGood(t, v, root, got, forStranger)
				default:
					if got.Verdict.String() != v.verdict {
						t.Errorf("%s: %v (%s), want %s", v.why, got.Verdict, got.Reason, v.verdict)
					}
				}
				if got.Verdict != verifier.Good && got.Reason == "" {
					t.Errorf("%v without a reason", got.Verdict)
				}
			})
		}
	}
}

func checkGood(t *testing.T, v vector, root *trust.Root, without *verifier.Result, forStranger *verifier.Verifier) {
	t.Helper()
	if without.Verdict != verifier.Untrusted {
		t.Fatalf("%s: %v (%s) without a policy, want untrusted", v.why, without.Verdict, without.Reason)
	}
	if r := forStranger.Verify(v.payload, v.signature); r.Verdict != verifier.Untrusted {
		t.Errorf("%v with a policy that names a stranger, want untrusted", r.Verdict)
	}
	policy, err := policy.New("test", policy.Identity{Name: "signer", Subject: v.subject, Issuer: v.issuer})
	if err != nil {
		t.Fatal(err)
	}
	r := newVerifier(t, policy, root).Verify(v.payload, v.signature)
	if r.Verdict != verifier.Good || r.Rule != "signer" || r.Reason != "" {
		t.Errorf("%v (%s) by rule %q, want good", r.Verdict, r.Reason, r.Rule)
	}
	if r.Identity.SubjectAlternativeName != v.subject || r.Identity.Issuer != v.issuer {
		t.Errorf("identity = %+v, want %s by %s", r.Identity, v.subject, v.issuer)
	}
	if r.SignedAt.Before(r.Certificate.NotBefore) || r.SignedAt.After(r.Certificate.NotAfter) || r.TimeSource == "" {
		t.Errorf("signed at %v by %q, certificate from %v to %v", r.SignedAt, r.TimeSource, r.Certificate.NotBefore, r.Certificate.NotAfter)
	}
	if r.Root != root || r.Log.URL == "" || r.Log.KeyID == "" || r.Log.Version == 0 {
		t.Errorf("root %p, log %+v", r.Root, r.Log)
	}
}

// TestVectorsNeedTheirOwnLogs holds that what one instance has logged is
// unknown to a root without that instance's logs.
func TestVectorsNeedTheirOwnLogs(t *testing.T) {
	t.Parallel()
	dir := gittest.Vectors(t, "gitsign")
	v := newVerifier(t, nil, loadRoot(t, filepath.Join(dir, "trusted_root.one-log.json")))
	seen := 0
	for _, tt := range readVectors(t, "gitsign") {
		if !strings.HasSuffix(tt.why, "-ec") {
			continue
		}
		seen++
		if r := v.Verify(tt.payload, tt.signature); r.Verdict != verifier.Unknown {
			t.Errorf("%s: %v (%s), want unknown", tt.file, r.Verdict, r.Reason)
		}
	}
	if seen == 0 {
		t.Error("no such vector")
	}
}

// TestEachObjectIsJudgedByItsInstance gives two roots to one verifier, in
// either order.
func TestEachObjectIsJudgedByItsInstance(t *testing.T) {
	t.Parallel()
	private := loadRoot(t, filepath.Join(gittest.Vectors(t, "gitsign"), "trusted_root.json"))
	github := loadRoot(t, filepath.Join(gittest.Vectors(t, "public"), "github.trusted_root.json"))
	for _, roots := range [][]*trust.Root{{private, trust.PublicGood(), github}, {github, trust.PublicGood(), private}} {
		v := newVerifier(t, nil, roots...)
		for set, root := range map[string]*trust.Root{"gitsign": private, "public": trust.PublicGood()} {
			for _, tt := range readVectors(t, set) {
				if tt.verdict != "good" {
					continue
				}
				if r := v.Verify(tt.payload, tt.signature); r.Verdict != verifier.Untrusted || r.Root != root {
					t.Errorf("%s: %v (%s) by %v", tt.file, r.Verdict, r.Reason, r.Root)
				}
			}
		}
	}
}

// TestHostileSignatures gives bytes that crash or exhaust other parsers, as
// they are and in armor, and git objects with junk for a signature.
func TestHostileSignatures(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, nil, trust.PublicGood())
	signatures := make(map[string][]byte)
	for _, set := range []string{"hostile-cms", "junk-gpgsig"} {
		files, err := os.ReadDir(gittest.Vectors(t, set))
		if err != nil || len(files) == 0 {
			t.Fatalf("no vectors: %v", err)
		}
		for _, f := range files {
			path := filepath.Join(gittest.Vectors(t, set), f.Name())
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if set == "junk-gpgsig" {
				if o, err := git.ParseObject(git.SHA1, git.Commit, raw); err == nil {
					signatures[path] = o.Signature()
				}
				continue
			}
			signatures[path] = raw
			signatures[path+" in armor"] = armor(raw)
		}
	}
	for name, signature := range signatures {
		start := time.Now()
		r := v.Verify([]byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"), signature)
		if took := time.Since(start); took > 50*time.Millisecond {
			t.Errorf("%s: took %v", name, took)
		}
		if r.Verdict != verifier.Bad && r.Verdict != verifier.Unknown {
			t.Errorf("%s: %v (%s)", name, r.Verdict, r.Reason)
		}
	}
}
