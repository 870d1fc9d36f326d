package settings

import (
	"fmt"
	"slices"
	"strings"
)

// unknownKeys returns warnings about unknown keys under seal. in git's
// configuration.
func (s Sources) unknownKeys() []string {
	var warnings []string
	for _, c := range s.Config.Section("seal") {
		name, ok := strings.CutPrefix(c.Key, "seal.")
		if !ok || strings.HasPrefix(name, "undo.") {
			continue
		}
		if _, known := Lookup(c.Key); known {
			continue
		}
		w := fmt.Sprintf("unknown setting %s in %s", c.Key, ConfigSource(c))
		if near, ok := nearestSetting(c.Key); ok {
			w += "; did you mean " + near + "?"
		}
		if !slices.Contains(warnings, w) {
			warnings = append(warnings, w)
		}
	}
	return warnings
}

// unknownVariables returns warnings about environment variables that are named like
// settings and are not.
func unknownVariables(env []string) []string {
	const trace = "GIT_SEAL_TRACE" // the one that is not a setting
	var warnings []string
	for _, kv := range env {
		name, text, _ := strings.Cut(kv, "=")
		words, ok := strings.CutPrefix(name, "GIT_SEAL_")
		if !ok || text == "" || name == trace || slices.ContainsFunc(Table, func(s setting) bool { return s.Env() == name }) {
			continue
		}
		w := "unknown setting " + name + " in the environment"
		if near, ok := nearestSetting("seal." + strings.ReplaceAll(words, "_", "")); ok {
			set, _ := Lookup(near)
			w += "; did you mean " + set.Env() + "?"
		}
		warnings = append(warnings, w)
	}
	return warnings
}

// maxDistance is how many letters a misspelled name may differ in from the name that
// was meant.
const maxDistance = 3

func nearestSetting(name string) (string, bool) {
	var names []string
	for _, s := range Table {
		names = append(names, s.Name)
	}
	return Nearest(name, names)
}

// Nearest returns the candidate that a misspelled name may have meant.
func Nearest(name string, candidates []string) (string, bool) {
	best, at := "", maxDistance+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < at {
			best, at = c, d
		}
	}
	return best, best != ""
}

// distance returns the number of letters to insert, delete or replace to get from a
// to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
