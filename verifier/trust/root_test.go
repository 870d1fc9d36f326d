package trust_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/git-seal/git-seal/verifier/trust"
)

func publicGoodJSON(t testing.TB) []byte {
	t.Helper()
	json, err := os.ReadFile("public_good.json")
	if err != nil {
		t.Fatal(err)
	}
	return json
}

// TestPublicGoodIsWhatItsNoteSays holds that the embedded root is the file
// whose source and digest public_good.md names.
func TestPublicGoodIsWhatItsNoteSays(t *testing.T) {
	t.Parallel()
	json := publicGoodJSON(t)
	r := trust.PublicGood()
	if r.Digest != sha256.Sum256(json) || r.Name != trust.PublicGoodName {
		t.Errorf("embedded root %q has the digest %x", r.Name, r.Digest)
	}
	note, err := os.ReadFile("public_good.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(note), hex.EncodeToString(r.Digest[:])) {
		t.Errorf("public_good.md does not name the digest %x", r.Digest)
	}
	if len(r.CertificateAuthorities()) == 0 || len(r.TimestampAuthorities()) == 0 || len(r.RekorLogs()) == 0 || len(r.CTLogs()) == 0 {
		t.Error("embedded root lacks authorities or logs")
	}
}

func TestParseRootRefuses(t *testing.T) {
	t.Parallel()
	whole := string(publicGoodJSON(t))
	replace := func(old, by string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("the embedded root holds no %q", old)
		}
		return strings.Replace(whole, old, by, 1)
	}
	firstLog := whole[strings.Index(whole, `"tlogs": [`)+len(`"tlogs": [`):]
	firstLog = firstLog[:strings.Index(firstLog, "},\n    {")+1]
	for _, tt := range []struct{ name, json, why string }{
		{"nothing", "", "empty"},
		{"spaces", " \n", "empty"},
		{"half of it", whole[:len(whole)/2], ""},
		{"without its last byte", strings.TrimRight(whole, "\n}"), ""},
		{"trailing bytes", whole + "{}", ""},
		{"an empty object", "{}", "no certificate authority"},
		{"text", "trusted root", ""},
		{"an unknown field", replace(`"mediaType"`, `"extra": 1, "mediaType"`), "extra"},
		{"a field twice", replace(`"mediaType"`, `"ctlogs": [], "mediaType"`), "ctlogs"},
		{"another media type", replace("trustedroot+json", "bundle+json"), "media type"},
		{"no authorities", replace(`"certificateAuthorities"`, `"certificateAuthorities": [], "timestampAuthorities"`), ""},
		{"one log twice", replace(`"tlogs": [`, `"tlogs": [`+firstLog+","), "duplicate log ID"},
		{"a key that is none", replace("MFkw", "MFkx"), ""},
		{"too long", whole + strings.Repeat(" ", 1<<20), "larger than the limit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := trust.ParseRoot("test", "dir/trusted_root.json", []byte(tt.json))
			if err == nil {
				t.Fatalf("read %d authorities", len(r.CertificateAuthorities()))
			}
			if !strings.Contains(err.Error(), tt.why) || !strings.Contains(err.Error(), "dir/trusted_root.json") {
				t.Errorf("error %q, want one about %q that names the source", err, tt.why)
			}
		})
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "trusted_root.json")
	if _, err := trust.Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, publicGoodJSON(t), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := trust.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if r.Source != path || r.Digest != trust.PublicGood().Digest {
		t.Errorf("source %q, digest %x", r.Source, r.Digest)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte(" "), 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := trust.Load(path); err == nil || !strings.Contains(err.Error(), "larger than the limit") {
		t.Errorf("2 MiB: %v", err)
	}
}

func TestWindowIncludesItsEnds(t *testing.T) {
	t.Parallel()
	start, end := time.Unix(100, 0), time.Unix(200, 0)
	for _, tt := range []struct {
		name   string
		window trust.Window
		at     time.Time
		want   bool
	}{
		{"first moment", trust.Window{Start: start, End: end}, start, true},
		{"last moment", trust.Window{Start: start, End: end}, end, true},
		{"before", trust.Window{Start: start, End: end}, start.Add(-1), false},
		{"after", trust.Window{Start: start, End: end}, end.Add(1), false},
		{"open end", trust.Window{Start: start}, time.Unix(1<<40, 0), true},
		{"open end, before", trust.Window{Start: start}, time.Unix(0, 0), false},
		{"open start", trust.Window{End: end}, time.Unix(0, 0), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.window.Contains(tt.at); got != tt.want {
				t.Errorf("contains = %v, want %v", got, tt.want)
			}
		})
	}
}

// TestRootIsTrustedMaterial holds that sigstore-go finds in it what it finds
// in its own.
func TestRootIsTrustedMaterial(t *testing.T) {
	t.Parallel()
	theirs, err := root.NewTrustedRootFromJSON(publicGoodJSON(t))
	if err != nil {
		t.Fatal(err)
	}
	var ours root.TrustedMaterial = trust.PublicGood()
	if len(ours.FulcioCertificateAuthorities()) != len(theirs.FulcioCertificateAuthorities()) ||
		len(ours.TimestampingAuthorities()) != len(theirs.TimestampingAuthorities()) {
		t.Error("authorities differ")
	}
	for id, log := range theirs.RekorLogs() {
		if ours.RekorLogs()[id] == nil || ours.RekorLogs()[id].BaseURL != log.BaseURL || trust.PublicGood().Log(log.ID) == nil {
			t.Errorf("log %s differs", id)
		}
	}
	for id, log := range theirs.CTLogs() {
		if ours.CTLogs()[id] == nil || ours.CTLogs()[id].BaseURL != log.BaseURL || trust.PublicGood().CTLog(log.ID) == nil {
			t.Errorf("certificate log %s differs", id)
		}
	}
}

func FuzzParseRoot(f *testing.F) {
	f.Add(publicGoodJSON(f))
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","certificateAuthorities":[{}]}`))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, json []byte) {
		r, err := trust.ParseRoot("fuzz", "fuzz", json)
		if err != nil {
			return
		}
		if len(r.CertificateAuthorities()) == 0 || r.Digest != sha256.Sum256(json) {
			t.Error("a root without authorities, or with another digest")
		}
	})
}

func BenchmarkParseRoot(b *testing.B) {
	json := publicGoodJSON(b)
	for b.Loop() {
		if _, err := trust.ParseRoot("bench", "bench", json); err != nil {
			b.Fatal(err)
		}
	}
}
