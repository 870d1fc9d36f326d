package cms

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/git-seal/git-seal/git/gittest"
)

// CVE-2024-45395, CVE-2023-46737, CVE-2024-29902, CVE-2024-29903: sizes and
// counts that a stranger chose.
func TestHostileBytesCostLittle(t *testing.T) {
	good := newTestSigner(t).sign(t, true, false, true, testPayload)
	costsLittle(t, map[string][]byte{
		"0 bytes":             nil,
		"1 byte":              {0x30},
		"50 MB of zeros":      make([]byte, 50<<20),
		"50 MB of lines":      bytes.Repeat([]byte(armorBegin), 50<<20/len(armorBegin)),
		"50 MB in armor":      append(append([]byte(armorBegin), bytes.Repeat([]byte("A"), 50<<20)...), armorEnd...),
		"the longest":         bytes.Repeat([]byte{0x30, 0x80}, maxDER/2),
		"nested":              bytes.Repeat([]byte{0xa0, 0x84, 0x7f, 0xff, 0xff, 0xff}, maxDER/6),
		"many certificates":   manyCertificates(t, good),
		"many attributes":     manyAttributes(t, good),
		"cut":                 good[:len(good)-1],
		"good and then 50 MB": append(bytes.Clone(good), make([]byte, 50<<20)...),
	})
}

func TestHostileVectorsCostLittle(t *testing.T) {
	dir := gittest.Vectors(t, "hostile-cms")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	inputs := make(map[string][]byte)
	for _, f := range files {
		if inputs[f.Name()], err = os.ReadFile(filepath.Join(dir, f.Name())); err != nil {
			t.Fatal(err)
		}
	}
	costsLittle(t, inputs)
}

// costsLittle refuses each input in every way that bytes come in. 50 ms and 64
// MiB are what a hostile signature may cost a whole process; so that others'
// work is not measured with it, its tests are not parallel.
func costsLittle(t *testing.T, inputs map[string][]byte) {
	t.Helper()
	for name, in := range inputs {
		armored := in
		if len(in) <= maxDER {
			armored = EncodePEM(in)
		}
		for _, read := range []struct {
			name string
			f    func() error
		}{
			{"DER", func() error { _, err := Parse(in); return err }},
			{"armor", func() error { _, err := ParsePEM(armored); return err }},
			{"token", func() error { _, err := ParseTimeStampToken(in); return err }},
			{"response", func() error { _, err := TimeStampTokenFromResponse(in); return err }},
			{"second opinion", func() error { return SecondOpinion(in, nil) }},
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := read.f()
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Errorf("%s as %s: accepted", name, read.name)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
				t.Errorf("%s as %s: allocated %d bytes", name, read.name, n)
			}
			if took := shortest(read.f); took > 50*time.Millisecond*raceFactor {
				t.Errorf("%s as %s: took %v", name, read.name, took)
			}
		}
	}
}

// shortest runs f until one run is quick, at most five times: what it costs, and
// not what else the machine does.
func shortest(f func() error) time.Duration {
	best := time.Duration(1<<63 - 1)
	for range 5 {
		start := time.Now()
		_ = f()
		if best = min(best, time.Since(start)); best < 10*time.Millisecond {
			break
		}
	}
	return best
}

// manyCertificates fills a message with as many certificates as fit.
func manyCertificates(t testing.TB, good []byte) []byte {
	m := takeMessageApart(t, good)
	for i := range 80000 {
		m.certificates.add(compound(0x30, value(0x02, string([]byte{1, byte(i >> 16), byte(i >> 8), byte(i)}))))
	}
	return m.contentInfo.bytes()
}

func manyAttributes(t testing.TB, good []byte) []byte {
	m := takeMessageApart(t, good)
	for i := range 50000 {
		m.signedAttrs.add(compound(0x30, value(0x06, string([]byte{0x2a, byte(i>>7) | 0x81, byte(i) & 0x7f})), compound(0x31, value(0x05, ""))))
	}
	return m.contentInfo.bytes()
}

// The junk in real signature headers is no signature.
func TestJunkIsMalformed(t *testing.T) {
	t.Parallel()
	dir := gittest.Vectors(t, "junk-gpgsig")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParsePEM(header(raw, "gpgsig")); outcome(err) != "bad" {
			t.Errorf("%s: %v", f.Name(), err)
		}
	}
}
