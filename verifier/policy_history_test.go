package verifier_test

import (
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier"
)

func TestHistoryRules(t *testing.T) {
	t.Parallel()
	p := parsePolicy(t, onePolicy("")+`history:
  after: [`+strings.Repeat("1", 40)+`]
  exempt: [{commit: `+strings.Repeat("2", 64)+`, reason: "made by hand"}]
  forge: {squash: allow}
  refs:
    - {refs: ["refs/heads/wip/*", refs/heads/try], unsigned: allow, forge: {squash: deny, edit: allow}}
    - {refs: ["refs/heads/**"], forge: {merge: deny}}
`)
	h := p.History()
	for _, tt := range []struct {
		name string
		refs []string
		want verifier.HistoryRules
	}{
		{"no ref", nil, verifier.HistoryRules{Merge: true, Squash: true}},
		{"a ref without a rule", []string{"refs/tags/v1"}, verifier.HistoryRules{Merge: true, Squash: true}},
		{"a pattern", []string{"refs/heads/wip/x"}, verifier.HistoryRules{Unsigned: true, Merge: true, Edit: true}},
		{"a name", []string{"refs/heads/try"}, verifier.HistoryRules{Unsigned: true, Merge: true, Edit: true}},
		{"the first that matches counts", []string{"refs/heads/wip/x/y"}, verifier.HistoryRules{Squash: true}},
		{"of several refs what all allow", []string{"refs/heads/try", "refs/heads/main"}, verifier.HistoryRules{}},
		{"and of refs without a rule", []string{"refs/heads/try", "refs/tags/v1"}, verifier.HistoryRules{Merge: true}},
	} {
		if got := h.RulesFor(tt.refs...); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	if reason, ok := h.Exemption(strings.Repeat("2", 64)); !ok || reason != "made by hand" {
		t.Errorf("exempt: %q, %v", reason, ok)
	}
	if _, ok := h.Exemption(strings.Repeat("2", 40)); ok {
		t.Error("a part of an id is exempt")
	}
	words := strings.Join(p.Describe(), "\n")
	for _, want := range []string{
		"History up to " + strings.Repeat("1", 40) + " is counted, not judged", "made by hand",
		"In a history objects may not be unsigned, and the forge's own key may sign merges that add nothing and squash merges",
		"On refs like refs/heads/wip/* or refs/heads/try objects may be unsigned, and the forge's own key may sign merges that add nothing and edits",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is not in\n%s", want, words)
		}
	}
}

func TestDefaultHistory(t *testing.T) {
	t.Parallel()
	var none *verifier.Policy
	for _, h := range []verifier.History{none.History(), parsePolicy(t, onePolicy("")).History()} {
		if got := h.RulesFor("refs/heads/main"); got != (verifier.HistoryRules{Merge: true}) || len(h.After)+len(h.Exempt) > 0 {
			t.Errorf("%+v", h)
		}
	}
}

func TestDiffOfKeysAndHistory(t *testing.T) {
	t.Parallel()
	old := parsePolicy(t, onePolicy("")+"keys: {openpgp: [a.asc], ssh: allowed}\n")
	next := parsePolicy(t, onePolicy("")+"keys: {openpgp: [{file: a.asc, committers: [b@example.com]}]}\nhistory: {unsigned: allow}\n")
	got := strings.Join(old.Diff(next), "\n")
	for _, want := range []string{"no longer: Whoever allowed allows may sign with SSH", "or b@example.com", "from here on: In a history objects may be unsigned"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if d := old.Diff(old); len(d) != 0 {
		t.Errorf("%q", d)
	}
}

func TestRulesWithinOthersAllowNoMore(t *testing.T) {
	t.Parallel()
	none, all := verifier.HistoryRules{}, verifier.HistoryRules{Unsigned: true, Merge: true, Squash: true, Edit: true}
	for _, tt := range []struct {
		name  string
		rules verifier.HistoryRules
		other verifier.HistoryRules
		want  bool
	}{
		{"nothing in nothing", none, none, true},
		{"nothing in everything", none, all, true},
		{"everything in nothing", all, none, false},
		{"the same", verifier.HistoryRules{Merge: true}, verifier.HistoryRules{Merge: true}, true},
		{"unsigned more", verifier.HistoryRules{Unsigned: true, Merge: true}, verifier.HistoryRules{Merge: true}, false},
		{"merges more", verifier.HistoryRules{Merge: true}, verifier.HistoryRules{Unsigned: true, Squash: true, Edit: true}, false},
		{"squash merges more", verifier.HistoryRules{Squash: true}, verifier.HistoryRules{Unsigned: true, Merge: true, Edit: true}, false},
		{"edits more", verifier.HistoryRules{Edit: true}, verifier.HistoryRules{Unsigned: true, Merge: true, Squash: true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.rules.Within(tt.other); got != tt.want {
				t.Errorf("%v", got)
			}
		})
	}
}
