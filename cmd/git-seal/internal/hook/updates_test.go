package hook

import (
	"slices"
	"strings"
	"testing"
)

const (
	idA  = "1111111111111111111111111111111111111111"
	idB  = "2222222222222222222222222222222222222222"
	none = "0000000000000000000000000000000000000000"
)

func TestReadUpdates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		prePush    bool
		want       []refUpdate // nil: an error
	}{
		{"an update", idA + " " + idB + " refs/heads/main\n", false, []refUpdate{{"refs/heads/main", idA, idB}}},
		{"a new ref", none + " " + idB + " refs/heads/main\n", false, []refUpdate{{"refs/heads/main", "", idB}}},
		{"a deletion", idA + " " + none + " refs/heads/main\n", false, []refUpdate{{"refs/heads/main", idA, ""}}},
		{"none", "", false, nil},
		{"an empty line", "\n", false, nil},
		{"an empty line behind", idA + " " + idB + " refs/heads/main\n\n", false, nil},
		{"cut off", idA + " " + idB + " refs/heads/ma", false, nil},
		{"a field too many", idA + " " + idB + " refs/heads/main x\n", false, nil},
		{"an abbreviated id", idA[:7] + " " + idB + " refs/heads/main\n", false, nil},
		{"a name for an id", idA + " HEAD refs/heads/main\n", false, nil},
		{"ids of two formats", idA + " " + strings.Repeat("2", 64) + " refs/heads/main\n", false, nil},
		{"a short name", idA + " " + idB + " main\n", false, nil},
		{"an expression with spaces", "HEAD@{1 day ago} " + idB + " refs/heads/main " + idA + "\n", true, []refUpdate{{"refs/heads/main", idA, idB}}},
		{"a deletion that is pushed", "(delete) " + none + " refs/heads/main " + idA + "\n", true, []refUpdate{{"refs/heads/main", idA, ""}}},
		{"nothing to push", "", true, []refUpdate{}},
		{"a pushed line cut off", "HEAD " + idB + " refs/heads/main " + idA, true, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			read := readPreReceive
			if tt.prePush {
				read = readPrePush
			}
			got, err := read(strings.NewReader(tt.text))
			if (err != nil) != (tt.want == nil) || !slices.Equal(got, tt.want) {
				t.Errorf("%v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

// FuzzReadUpdates: what is read, written again, is what was read, so that no
// line says anything that is not judged.
func FuzzReadUpdates(f *testing.F) {
	f.Add(idA + " " + idB + " refs/heads/main\n" + none + " " + idB + " refs/tags/v1\n")
	f.Add(idA + " " + none + " refs/heads/ma\xffin\n")
	f.Fuzz(func(t *testing.T, text string) {
		updates, err := readPreReceive(strings.NewReader(text))
		if err != nil {
			return
		}
		lines := strings.SplitAfter(text, "\n")
		if len(lines) != len(updates)+1 {
			t.Fatalf("%q was read as %v", text, updates)
		}
		for i, u := range updates {
			fields := strings.SplitN(strings.TrimSuffix(lines[i], "\n"), " ", 3)
			for j, id := range []string{u.old, u.new} {
				if id == "" {
					id = strings.Repeat("0", len(fields[j]))
				}
				if fields[j] != id {
					t.Errorf("%q was read as %v", lines[i], u)
				}
			}
			if fields[2] != u.ref {
				t.Errorf("%q was read as %v", lines[i], u)
			}
		}
	})
}
