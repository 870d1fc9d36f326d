package store_test

import (
	"reflect"
	"testing"

	"github.com/git-seal/git-seal/verifier/trust/store"
)

// FuzzParseTrusted: what parses marshals to what parses to the same; whatever
// else a file holds is an error.
func FuzzParseTrusted(f *testing.F) {
	text, err := trusted(7).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"version":1,"sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","content":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := store.ParseTrusted(text)
		if err != nil {
			return
		}
		again, err := got.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		back, err := store.ParseTrusted(again)
		if err != nil || !reflect.DeepEqual(back, got) {
			t.Errorf("%v: %+v, then %+v", err, got, back)
		}
	})
}
