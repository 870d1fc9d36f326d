package tuf_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

func TestFetchFollowsTheRepository(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	o := r.options(r.serve())
	first := fetch(t, o, nil)
	if string(first.Repository.Files[tuf.TrustedRoot]) != "the trusted root" || string(first.Repository.Files[tuf.SigningConfig]) != "the signing config" {
		t.Errorf("files: %q", first.Repository.Files)
	}
	if len(first.Repository.Files) != 2 {
		t.Errorf("%d files", len(first.Repository.Files))
	}
	if first.RootVersion != 1 || first.TargetsVersion != 1 || !first.Expires.Equal(r.expires) {
		t.Errorf("versions %d and %d, expires %v", first.RootVersion, first.TargetsVersion, first.Expires)
	}

	r.rotate()
	r.targets[tuf.TrustedRoot] = "another trusted root"
	delete(r.targets, tuf.SigningConfig)
	r.publish()
	var asked []string
	o.Trace = func(e tuf.Exchange) { asked = append(asked, e.URL[strings.LastIndex(e.URL, "/")+1:]) }
	second := fetch(t, o, &first.Repository)
	if string(second.Repository.Files[tuf.TrustedRoot]) != "another trusted root" || len(second.Repository.Files) != 1 {
		t.Errorf("files: %q", second.Repository.Files)
	}
	if second.RootVersion != 2 || second.TargetsVersion != 2 || len(second.Repository.Roots) != 2 || len(second.RootDigests()) != 2 {
		t.Errorf("versions %d and %d, %d roots", second.RootVersion, second.TargetsVersion, len(second.Repository.Roots))
	}

	// Nothing new: the root after the last and the timestamp are asked for.
	asked = nil
	third := fetch(t, o, &second.Repository)
	if want := []string{"3.root.json", "timestamp.json"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	if !bytes.Equal(marshal(t, third), marshal(t, second)) {
		t.Error("what did not change is not the same")
	}
	if left, _ := os.ReadDir(o.Dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestFetchWithoutConsistentSnapshots: in such a repository names have no
// prefixes, at the mirror and in an export.
func TestFetchWithoutConsistentSnapshots(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.root, r.plain, r.files = 0, true, make(map[string][]byte)
	r.publishRoot()
	r.publish()
	o := r.options(r.serve())
	v := fetch(t, o, nil)
	if string(v.Repository.Files[tuf.TrustedRoot]) != "the trusted root" {
		t.Errorf("files: %q", v.Repository.Files)
	}
	if _, err := tuf.Verify(o, "export", &v.Repository, nil); err != nil {
		t.Error(err)
	}
}

// marshal is what would be exported.
func marshal(t *testing.T, v *tuf.Verified) []byte {
	t.Helper()
	text, err := v.Repository.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestFetchRefuses: whatever a mirror serves but what its keys signed, unexpired
// and not older than before.
func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(r *repository, o *tuf.Options)
		kind   tuf.Kind
		why    string
	}{
		{"timestamp expired", func(r *repository, o *tuf.Options) { o.Now = func() time.Time { return r.expires.Add(time.Second) } }, tuf.Expired, "timestamp.json is expired"},
		{"root expired", func(r *repository, o *tuf.Options) {
			o.Now = func() time.Time { return today.Add(366 * 24 * time.Hour) }
		}, tuf.Expired, "root.json is expired"},
		{"snapshot expired", func(r *repository, o *tuf.Options) { r.expired = metadata.SNAPSHOT; r.publish() }, tuf.Expired, "snapshot.json is expired"},
		{"targets expired", func(r *repository, o *tuf.Options) { r.expired = metadata.TARGETS; r.publish() }, tuf.Expired, "targets is expired"},
		{"the newest root expired", func(r *repository, o *tuf.Options) { r.expired = metadata.ROOT; r.publishRoot() }, tuf.Expired, "root.json is expired"},
		{"older than before", func(r *repository, o *tuf.Options) { r.version = 0; r.publish() }, tuf.RolledBack, "version 1 must be >= 2"},
		{"older than before, which has expired", func(r *repository, o *tuf.Options) {
			o.Now = func() time.Time { return r.expires.Add(time.Second) }
			r.expires, r.version = r.expires.Add(time.Hour), 0
			r.publish()
		}, tuf.RolledBack, "version 1 must be >= 2"},
		{"older targets in a newer snapshot", func(r *repository, o *tuf.Options) {
			r.version = 0
			r.publish()
			r.version = 8
			r.publishTop(1)
		}, tuf.RolledBack, "targets.json"},
		{"signed by another key", func(r *repository, o *tuf.Options) { r.key = newKey(r.t); r.publish() }, tuf.WronglySigned, ""},
		{"another instance's", func(r *repository, o *tuf.Options) { r.files = newRepository(r.t).files }, tuf.WronglySigned, ""},
		{"a root that signs itself alone", func(r *repository, o *tuf.Options) { r.key = newKey(r.t); r.publishRoot(); r.publish() }, tuf.WronglySigned, ""},
		{"a root that skips a version", func(r *repository, o *tuf.Options) {
			r.root++
			r.publishRoot()
			r.files["2.root.json"] = r.files["3.root.json"]
		}, tuf.RolledBack, "expected 2, got 3"},
		{"timestamp cut off", func(r *repository, o *tuf.Options) {
			r.files["timestamp.json"] = r.files["timestamp.json"][:100]
		}, tuf.Malformed, ""},
		{"timestamp empty", func(r *repository, o *tuf.Options) { r.files["timestamp.json"] = nil }, tuf.Malformed, ""},
		{"timestamp is a page", func(r *repository, o *tuf.Options) { r.files["timestamp.json"] = []byte("<html>") }, tuf.Malformed, ""},
		{"timestamp is another role's", func(r *repository, o *tuf.Options) {
			r.files["timestamp.json"] = r.files["3.snapshot.json"]
		}, tuf.Malformed, ""},
		{"timestamp too long", func(r *repository, o *tuf.Options) {
			r.files["timestamp.json"] = append(r.files["timestamp.json"], make([]byte, 16<<10)...)
		}, tuf.TooLong, "timestamp.json: longer than 16384 bytes"},
		{"timestamp without a snapshot", func(r *repository, o *tuf.Options) {
			m := metadata.Timestamp(r.expires)
			m.Signed.Version = 9
			delete(m.Signed.Meta, "snapshot.json")
			r.files["timestamp.json"] = sign(r.t, m, r.key)
		}, tuf.Malformed, ""},
		{"root too long", func(r *repository, o *tuf.Options) {
			r.files["2.root.json"] = append(r.files["1.root.json"], make([]byte, 256<<10)...)
		}, tuf.TooLong, "2.root.json: longer than 262144 bytes"},
		{"snapshot too long", func(r *repository, o *tuf.Options) {
			r.files["3.snapshot.json"] = append(r.files["3.snapshot.json"], make([]byte, 1<<20)...)
		}, tuf.TooLong, "3.snapshot.json: longer than 1048576 bytes"},
		{"snapshot missing", func(r *repository, o *tuf.Options) { delete(r.files, "3.snapshot.json") }, tuf.Unreachable, "404 Not Found"},
		{"snapshot of another version", func(r *repository, o *tuf.Options) {
			r.files["3.snapshot.json"] = r.files["2.snapshot.json"]
		}, tuf.RolledBack, "expected 3, got 2"},
		{"targets of another version", func(r *repository, o *tuf.Options) {
			r.files["3.targets.json"] = r.files["2.targets.json"]
		}, tuf.RolledBack, "version 3, got 2"},
		{"content changed", func(r *repository, o *tuf.Options) { r.change("the trusted root", "the trusted toor") }, tuf.Malformed, "hash"},
		{"content cut off", func(r *repository, o *tuf.Options) { r.change("the trusted root", "the trusted") }, tuf.Malformed, ""},
		{"content longer", func(r *repository, o *tuf.Options) {
			r.change("the trusted root", "the trusted root and more")
		}, tuf.TooLong, "trusted_root.json: longer than 16 bytes"},
		{"content of a size that nobody reads", func(r *repository, o *tuf.Options) {
			r.targets[tuf.TrustedRoot] = strings.Repeat(" ", 1<<20+1)
			r.publish()
		}, tuf.TooLong, "1048577 bytes; the limit is 1048576"},
		{"no trusted root", func(r *repository, o *tuf.Options) { delete(r.targets, tuf.TrustedRoot); r.publish() }, tuf.Unusable, "lists no trusted_root.json"},
		{"a trusted root that nobody can use", func(r *repository, o *tuf.Options) {
			o.Targets[0].Check = func([]byte) error { return errors.New("useless") }
		}, tuf.Unusable, "cannot be used: trusted_root.json: useless"},
		{"nobody there", func(r *repository, o *tuf.Options) { o.Mirror = "http://127.0.0.1:1" }, tuf.Unreachable, "connection refused"},
		{"no root of ours", func(r *repository, o *tuf.Options) { o.Root = []byte("{}") }, tuf.Malformed, ""},
		{"everything forbidden", func(r *repository, o *tuf.Options) {
			r.files, r.missing = nil, http.StatusForbidden
		}, tuf.Unreachable, "timestamp.json: 403 Forbidden"},
		{"nowhere to work", func(r *repository, o *tuf.Options) { o.Dir = filepath.Join(o.Dir, "none") }, tuf.Local, "no such file"},
		{"nowhere to write", func(r *repository, o *tuf.Options) {
			o.Transport = beforeEach(func() { r.removeAll(o.Dir) })
		}, tuf.Local, "no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			r.publish()
			o := r.options(r.serve())
			last := fetch(t, o, nil).Repository
			r.targets["other.json"] = "changed"
			r.publish()
			last.Files = nil
			tt.change(r, &o)
			v, err := tuf.Fetch(t.Context(), o, &last)
			refused := (*tuf.Error)(nil)
			if !errors.As(err, &refused) {
				t.Fatalf("verified version %d (%v)", v.TargetsVersion, err)
			}
			if refused.Kind != tt.kind || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("kind %d, want %d, with %q: %v", refused.Kind, tt.kind, tt.why, err)
			}
		})
	}
}

// beforeEach does something before each request.
type beforeEach func()

func (do beforeEach) RoundTrip(r *http.Request) (*http.Response, error) {
	do()
	return http.DefaultTransport.RoundTrip(r)
}

// removeAll takes away what is in a directory.
func (r *repository) removeAll(dir string) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	if err != nil {
		r.t.Error(err)
	}
}

// change has the mirror serve another content under the digest of one.
func (r *repository) change(content, to string) {
	for name, c := range r.files {
		if string(c) == content {
			r.files[name] = []byte(to)
		}
	}
}

// TestNoAnswer: neither before the first byte nor behind it.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]string{"none at all": "", "half of one": `{"signed":`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			o := r.options("")
			ctx, cancel := context.WithCancel(t.Context())
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if strings.HasSuffix(req.URL.Path, "root.json") {
					http.NotFound(w, req)
					return
				}
				_, _ = io.WriteString(w, first)
				_ = http.NewResponseController(w).Flush()
				cancel()
				<-req.Context().Done()
			}))
			t.Cleanup(server.Close)
			o.Mirror = server.URL
			_, err := tuf.Fetch(ctx, o, nil)
			if refused := (*tuf.Error)(nil); !errors.As(err, &refused) || refused.Kind != tuf.Unreachable || !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
			if want := server.URL + ": no answer after 0s"; err == nil || err.Error() != want {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
}

// TestDamagedLastIsToldAndIgnored: what an update begins with came from the disk.
func TestNoMirrorHoldsAnUpdate(t *testing.T) {
	t.Parallel()
	for _, hostile := range signertest.Hostiles {
		t.Run(hostile.Name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			o := newRepository(t).options(signertest.Serve(t, func(c net.Conn) {
				if signertest.ReadRequest(c) {
					cancel()
					hostile.Answer(c)
				}
			}))
			done := make(chan error, 1)
			go func() {
				_, err := tuf.Fetch(ctx, o, nil)
				done <- err
			}()
			select {
			case err := <-done:
				if refused := (*tuf.Error)(nil); !errors.As(err, &refused) {
					t.Errorf("%v", err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("goes on")
			}
		})
	}
}

// TestGoAwayDoesNotRepeatARequest: net/http would, without end and without a
// pause.
func TestGoAwayDoesNotRepeatARequest(t *testing.T) {
	t.Parallel()
	mirror, requests := signertest.GoAway(t, 0)
	o := newRepository(t).options(mirror)
	o.Transport = signertest.HTTP2(t)
	_, err := tuf.Fetch(t.Context(), o, nil)
	if err == nil || !strings.Contains(err.Error(), "keeps asking to send the request again") {
		t.Errorf("%v", err)
	}
	if n := requests.Load(); n < 1 || n > 10 {
		t.Errorf("%d requests", n)
	}
}

func TestDamagedLastIsToldAndIgnored(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		damage func(last *tuf.Repository)
	}{
		{"timestamp", func(last *tuf.Repository) { last.Timestamp = last.Timestamp[:50] }},
		{"snapshot", func(last *tuf.Repository) { last.Snapshot = []byte("x") }},
		{"targets", func(last *tuf.Repository) { last.Targets = []byte("{}") }},
		{"a root", func(last *tuf.Repository) { last.Roots[1] = last.Roots[0] }},
		{"a root before the one that is trusted", func(last *tuf.Repository) { last.Roots = append([][]byte{[]byte("{}")}, last.Roots...) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			r.rotate()
			r.publish()
			o := r.options(r.serve())
			last := fetch(t, o, nil).Repository
			tt.damage(&last)
			var told []string
			o.Warn = func(w string) { told = append(told, w) }
			v := fetch(t, o, &last)
			if len(told) != 1 || !strings.Contains(told[0], "which is damaged") {
				t.Errorf("told %q", told)
			}
			if v.RootVersion != 2 || len(v.Repository.Roots) != 2 {
				t.Errorf("root %d, %d roots", v.RootVersion, len(v.Repository.Roots))
			}
		})
	}
}

// TestLastOfAnotherRootDoesNotCount: a store is found by its mirror, and the root
// that is trusted may be another one by now.
func TestLastOfAnotherRootDoesNotCount(t *testing.T) {
	t.Parallel()
	r, other := newRepository(t), newRepository(t)
	for range 5 {
		other.publish()
	}
	last := fetch(t, other.options(other.serve()), nil).Repository
	v := fetch(t, r.options(r.serve()), &last)
	if v.TargetsVersion != 1 || !bytes.Equal(v.Repository.Roots[0], r.anchor()) || len(v.Repository.Roots) != 1 {
		t.Errorf("version %d, %d roots", v.TargetsVersion, len(v.Repository.Roots))
	}
}

// TestNewerAnchorKeepsWhatIsKnown: a program that brings a later root goes on
// where the one before it was.
func TestNewerAnchorKeepsWhatIsKnown(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.rotate()
	r.publish()
	o := r.options(r.serve())
	last := fetch(t, o, nil).Repository
	o.Root = r.files["2.root.json"]
	v := fetch(t, o, &last)
	if len(v.Repository.Roots) != 2 || !bytes.Equal(v.Repository.Roots[0], r.anchor()) {
		t.Errorf("%d roots", len(v.Repository.Roots))
	}
	r.version = 0
	r.publish()
	if _, err := tuf.Fetch(t.Context(), o, &v.Repository); err == nil {
		t.Error("rolled back")
	}
}

// TestNamesOfTargetsReachNoFile: names in a repository led out of the cache's
// directory elsewhere (CVE-2026-24137).
func TestNamesOfTargetsReachNoFile(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	for _, name := range []string{"../escaped", "../../escaped", "/escaped", "..%2fescaped", `..\escaped`, "a/../../escaped"} {
		r.targets[name] = "escaped"
	}
	r.publish()
	for path := range r.files {
		if strings.Contains(path, "escaped") {
			delete(r.files, path)
		}
	}
	o := r.options(r.serve())
	parent := o.Dir
	o.Dir = filepath.Join(parent, "a", "b")
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	o.Trace = func(e tuf.Exchange) {
		if strings.Contains(e.URL, "escaped") {
			t.Errorf("asked for %s", e.URL)
		}
	}
	v := fetch(t, o, nil)
	exported := v.Repository
	exported.Files["../../escaped"] = []byte("escaped")
	if _, err := tuf.Verify(o, "export", &exported, nil); err != nil {
		t.Error(err)
	}
	err := filepath.WalkDir(parent, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("there is %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestVerifyAsksNobody(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.rotate()
	r.publish()
	text := marshal(t, fetch(t, r.options(r.serve()), nil))
	exported, err := tuf.ParseRepository(text)
	if err != nil {
		t.Fatal(err)
	}
	o := r.options("http://127.0.0.1:1")
	v, err := tuf.Verify(o, "export", exported, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.RootVersion != 2 || v.TargetsVersion != 2 || string(v.Repository.Files[tuf.TrustedRoot]) != "the trusted root" {
		t.Errorf("%+v", v)
	}
	for name, change := range map[string]func(r *tuf.Repository){
		"another root":         func(r *tuf.Repository) { r.Roots[1] = newRepository(t).anchor() },
		"another trusted root": func(r *tuf.Repository) { r.Files[tuf.TrustedRoot] = []byte("the trusted toor") },
		"no trusted root":      func(r *tuf.Repository) { r.Files = nil },
		"half a timestamp":     func(r *tuf.Repository) { r.Timestamp = r.Timestamp[:100] },
		"no second root":       func(r *tuf.Repository) { r.Roots = r.Roots[:1] },
		"a timestamp alone":    func(r *tuf.Repository) { r.Snapshot = r.Timestamp },
	} {
		bad, err := tuf.ParseRepository(text)
		if err != nil {
			t.Fatal(err)
		}
		change(bad)
		_, err = tuf.Verify(o, "export", bad, nil)
		refused := (*tuf.Error)(nil)
		switch {
		case !errors.As(err, &refused):
			t.Errorf("%s: verified (%v)", name, err)
		case refused.Kind == tuf.Unreachable || !strings.HasPrefix(err.Error(), "export: "):
			t.Errorf("%s: kind %d: %v", name, refused.Kind, err)
		}
	}
}

// TestRequestsStayOnTheMirror: a redirect to another host is not followed, one on
// the same host is, a few times.
func TestRequestsStayOnTheMirror(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	mirror := r.serve()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, mirror+req.URL.Path, http.StatusFound)
	}))
	t.Cleanup(elsewhere.Close)
	_, err := tuf.Fetch(t.Context(), r.options(elsewhere.URL), nil)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("redirects to %s: refused", mirror)) {
		t.Errorf("to another host: %v", err)
	}
	loop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, req.URL.Path, http.StatusFound)
	}))
	t.Cleanup(loop.Close)
	if _, err = tuf.Fetch(t.Context(), r.options(loop.URL), nil); err == nil || !strings.Contains(err.Error(), "redirects more than 3 times") {
		t.Errorf("in a circle: %v", err)
	}
}

func TestParseRepositoryRefuses(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	whole := string(marshal(t, fetch(t, r.options(r.serve()), nil)))
	for name, text := range map[string]string{
		"nothing":             "",
		"half":                whole[:len(whole)/2],
		"trailing bytes":      whole + "{}",
		"an unknown field":    strings.Replace(whole, `"mirror"`, `"extra": 1, "mirror"`, 1),
		"another media type":  strings.Replace(whole, "version=1", "version=2", 1),
		"no roots":            strings.Replace(whole, `"roots"`, `"roots": [], "mirror"`, 1),
		"no base64":           strings.Replace(whole, `"timestamp": "`, `"timestamp": "!`, 1),
		"an object":           "{}",
		"too long":            whole + strings.Repeat(" ", 16<<20),
		"somebody's root":     string(r.anchor()),
		"somebody's 129 root": strings.Replace(whole, `"roots": [`, `"roots": [`+strings.Repeat(`"AA==",`, 128), 1),
	} {
		if got, err := tuf.ParseRepository([]byte(text)); err == nil {
			t.Errorf("%s: read %+v", name, got)
		}
	}
}

func TestPublicGoodRootIsARoot(t *testing.T) {
	t.Parallel()
	if err := tuf.CheckRoot(tuf.PublicGoodRoot()); err != nil {
		t.Error(err)
	}
	if err := tuf.CheckRoot(bytes.Replace(tuf.PublicGoodRoot(), []byte("2026"), []byte("2036"), 1)); err == nil {
		t.Error("a root that was changed after it was signed")
	}
}
