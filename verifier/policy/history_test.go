package policy_test

import (
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/policy/policytest"
)

func TestHistoryRules(t *testing.T) {
	t.Parallel()
	p := policytest.Parse(t, policytest.One("")+`history:
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
		want policy.HistoryRules
	}{
		{"no ref", nil, policy.HistoryRules{Merge: true, Squash: true}},
		{"a ref without a rule", []string{"refs/tags/v1"}, policy.HistoryRules{Merge: true, Squash: true}},
		{"a pattern", []string{"refs/heads/wip/x"}, policy.HistoryRules{Unsigned: true, Merge: true, Edit: true}},
		{"a name", []string{"refs/heads/try"}, policy.HistoryRules{Unsigned: true, Merge: true, Edit: true}},
		{"the first that matches counts", []string{"refs/heads/wip/x/y"}, policy.HistoryRules{Squash: true}},
		{"of several refs what all allow", []string{"refs/heads/try", "refs/heads/main"}, policy.HistoryRules{}},
		{"and of refs without a rule", []string{"refs/heads/try", "refs/tags/v1"}, policy.HistoryRules{Merge: true}},
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
	var none *policy.Policy
	for _, h := range []policy.History{none.History(), policytest.Parse(t, policytest.One("")).History()} {
		if got := h.RulesFor("refs/heads/main"); got != (policy.HistoryRules{Merge: true}) || len(h.After)+len(h.Exempt) > 0 {
			t.Errorf("%+v", h)
		}
	}
}

func TestDiffOfKeysAndHistory(t *testing.T) {
	t.Parallel()
	old := policytest.Parse(t, policytest.One("")+"keys: {openpgp: [a.asc], ssh: allowed}\n")
	next := policytest.Parse(t, policytest.One("")+"keys: {openpgp: [{file: a.asc, committers: [b@example.com]}]}\nhistory: {unsigned: allow}\n")
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
	none, all := policy.HistoryRules{}, policy.HistoryRules{Unsigned: true, Merge: true, Squash: true, Edit: true}
	for _, tt := range []struct {
		name  string
		rules policy.HistoryRules
		other policy.HistoryRules
		want  bool
	}{
		{"nothing in nothing", none, none, true},
		{"nothing in everything", none, all, true},
		{"everything in nothing", all, none, false},
		{"the same", policy.HistoryRules{Merge: true}, policy.HistoryRules{Merge: true}, true},
		{"unsigned more", policy.HistoryRules{Unsigned: true, Merge: true}, policy.HistoryRules{Merge: true}, false},
		{"merges more", policy.HistoryRules{Merge: true}, policy.HistoryRules{Unsigned: true, Squash: true, Edit: true}, false},
		{"squash merges more", policy.HistoryRules{Squash: true}, policy.HistoryRules{Unsigned: true, Merge: true, Edit: true}, false},
		{"edits more", policy.HistoryRules{Edit: true}, policy.HistoryRules{Unsigned: true, Merge: true, Squash: true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.rules.Within(tt.other); got != tt.want {
				t.Errorf("%v", got)
			}
		})
	}
}
