package tuf_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// FuzzVerify: whatever is put into an export in the place of some of its bytes,
// nothing is verified but what was signed.
func FuzzVerify(f *testing.F) {
	r := newRepository(f)
	r.rotate()
	r.publish()
	o := r.options(r.serve())
	good := fetch(f, o, nil)
	parts := func(r *tuf.Repository) map[string][]byte {
		return map[string][]byte{
			"root": r.Roots[1], "timestamp": r.Timestamp, "snapshot": r.Snapshot, "targets": r.Targets, "trusted root": r.Files[tuf.TrustedRoot],
		}
	}
	for name, content := range parts(&good.Repository) {
		for _, s := range []string{"", "0", "\x00", `,"version":9`, "99999999999999999999", "1e9", "null", "{", `"_type":"root",`} {
			f.Add(name, uint16(len(content)/2), uint16(1), []byte(s))
			f.Add(name, uint16(bytes.IndexByte(content, '{')+1), uint16(0), []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, part string, at, length uint16, put []byte) {
		changed := good.Repository
		content := parts(&changed)[part]
		from := min(int(at), len(content))
		content = slices.Concat(content[:from], put, content[min(from+int(length), len(content)):])
		switch part {
		case "root":
			changed.Roots = [][]byte{changed.Roots[0], content}
		case "timestamp":
			changed.Timestamp = content
		case "snapshot":
			changed.Snapshot = content
		case "targets":
			changed.Targets = content
		case "trusted root":
			changed.Files = map[string][]byte{tuf.TrustedRoot: content, tuf.SigningConfig: changed.Files[tuf.SigningConfig]}
		}
		v, err := tuf.Verify(o, "export", &changed, nil)
		if err != nil {
			return
		}
		if v.RootVersion != good.RootVersion || v.TimestampVersion != good.TimestampVersion || v.SnapshotVersion != good.SnapshotVersion ||
			v.TargetsVersion != good.TargetsVersion || !v.Expires.Equal(good.Expires) || !reflect.DeepEqual(v.Repository.Files, good.Repository.Files) {
			t.Errorf("verified %+v", v)
		}
	})
}

// FuzzParseRepository: what parses marshals to what parses to the same.
func FuzzParseRepository(f *testing.F) {
	r := newRepository(f)
	v := fetch(f, r.options(r.serve()), nil)
	text, err := v.Repository.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"mediaType":"application/vnd.git-seal.tuf-repository+json;version=1","roots":["AA=="],"timestamp":"AA==","snapshot":"AA==","targets":"AA==","files":{"a":null}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := tuf.ParseRepository(text)
		if err != nil {
			return
		}
		again, err := got.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		back, err := tuf.ParseRepository(again)
		if err != nil {
			t.Fatalf("%v: %s", err, again)
		}
		if twice, err := back.Marshal(); err != nil || !bytes.Equal(twice, again) {
			t.Errorf("%s\nthen\n%s (%v)", again, twice, err)
		}
	})
}
