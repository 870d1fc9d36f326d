package store_test

import (
	"os"
	"reflect"
	"testing"

	"github.com/git-seal/git-seal/verifier/trust/store"
)

// FuzzLoad: what loads, saved again, loads as the same; whatever else a file
// holds is an error.
func FuzzLoad(f *testing.F) {
	s := store.Store{Dir: f.TempDir()}
	if err := s.Save(trusted(7), nil); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(s.Path())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"version":1,"sha256":"","trusted":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := store.Store{Dir: t.TempDir()}
		if err := os.WriteFile(s.Path(), text, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := s.Load()
		if err != nil {
			return
		}
		if err := s.Save(got, nil); err != nil {
			t.Fatal(err)
		}
		again, err := s.Load()
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%v: %+v, then %+v", err, got, again)
		}
	})
}
