package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/git-seal/git-seal/verifier/policy/strictyaml"
)

// History is what a policy says about whole histories.
type History struct {
	// After are the ids of commits, which are counted with all that they reach
	// and not judged, and of tags, which are by themselves.
	After []string
	// Exempt are commits that are not held against the history.
	Exempt []Exemption
	// HistoryRules are those for every ref of which Refs say nothing else.
	HistoryRules
	// Refs are rules for some refs; of each ref the first that matches counts.
	Refs []RefRules

	reasons map[string]string // of Exempt, by the commit
}

// Exemption is a commit with the reason why it is not held against the history.
type Exemption struct{ Commit, Reason string }

// HistoryRules say what a history may hold beside signatures that are good by
// themselves. The zero value allows nothing.
type HistoryRules struct {
	// Unsigned objects are not held against the history.
	Unsigned bool
	// Merge, Squash and Edit are what the forge's own key may sign: see
	// ForgeWork.
	Merge, Squash, Edit bool
}

// RefRules are rules for the refs that match one of Patterns.
type RefRules struct {
	Patterns []string // for full names, refs/heads/…
	HistoryRules
	patterns []*pattern
}

// ForgeWork is a kind of commit that a forge makes, and signs with its own key.
type ForgeWork string

// The kinds. The zero value is none: the forge's key did not sign.
const (
	// ForgeMerge is a merge whose tree is what merging its parents gives:
	// the forge has added nothing of its own.
	ForgeMerge ForgeWork = "merge"
	// ForgeSquash is a commit that, by its subject, is a whole pull request
	// made into one commit. What is in it the forge alone vouches for.
	ForgeSquash ForgeWork = "squash"
	// ForgeEdit is everything else: edits in the browser, merges with
	// conflicts that were resolved there, reverts.
	ForgeEdit ForgeWork = "edit"
)

// defaultHistory is what counts where a policy says nothing.
var defaultHistory = HistoryRules{Merge: true}

// Allows says whether the forge's key may sign this.
func (r HistoryRules) Allows(w ForgeWork) bool {
	switch w {
	case ForgeMerge:
		return r.Merge
	case ForgeSquash:
		return r.Squash
	case ForgeEdit:
		return r.Edit
	}
	return false
}

// and is what both allow.
func (r HistoryRules) and(other HistoryRules) HistoryRules {
	return HistoryRules{r.Unsigned && other.Unsigned, r.Merge && other.Merge, r.Squash && other.Squash, r.Edit && other.Edit}
}

// Within says whether the other rules allow all that these do.
func (r HistoryRules) Within(other HistoryRules) bool { return r.and(other) == r }

// History returns what the policy says about whole histories. Of a nil policy it
// is the default.
func (p *Policy) History() History {
	if p == nil {
		return History{HistoryRules: defaultHistory}
	}
	h := p.history
	h.After, h.Exempt, h.Refs = slices.Clone(h.After), slices.Clone(h.Exempt), slices.Clone(h.Refs)
	return h
}

// HistoryRules returns the rules for every ref of which the policy says nothing else.
func (p *Policy) HistoryRules() HistoryRules { return p.history.HistoryRules }

// RuleFor returns the place in Refs of the rules for a ref, by its full name,
// and -1 where those for every ref count.
func (h *History) RuleFor(ref string) int {
	return slices.IndexFunc(h.Refs, func(r RefRules) bool { return r.matches(ref) })
}

// RulesAt returns what all of the rules at these places in Refs allow, of which
// -1 is those for every ref. Without places it is the latter.
func (h *History) RulesAt(places ...int) HistoryRules {
	if len(places) == 0 {
		return h.HistoryRules
	}
	rules := HistoryRules{true, true, true, true}
	for _, i := range places {
		if i < 0 {
			rules = rules.and(h.HistoryRules)
		} else {
			rules = rules.and(h.Refs[i].HistoryRules)
		}
	}
	return rules
}

// RulesFor returns the rules for what these refs, by their full names, lead to:
// where they differ, what all of them allow. Without refs it is the rules for
// every ref.
func (h *History) RulesFor(refs ...string) HistoryRules {
	var places []int
	for _, ref := range refs {
		places = append(places, h.RuleFor(ref))
	}
	return h.RulesAt(places...)
}

func (r RefRules) matches(ref string) bool {
	return slices.ContainsFunc(r.patterns, func(p *pattern) bool { return p.matches(ref) })
}

// Exemption returns why a commit is not held against the history.
func (h *History) Exemption(commit string) (reason string, ok bool) {
	reason, ok = h.reasons[commit]
	return reason, ok
}

func (h *History) equal(other *History) bool {
	return slices.Equal(h.After, other.After) && slices.Equal(h.Exempt, other.Exempt) && h.HistoryRules == other.HistoryRules &&
		slices.EqualFunc(h.Refs, other.Refs, func(a, b RefRules) bool {
			return slices.Equal(a.Patterns, b.Patterns) && a.HistoryRules == b.HistoryRules
		})
}

// parseHistory reads the part `history`.
func (p *Policy) parseHistory(f *strictyaml.File, n *yaml.Node) error {
	fields, err := f.Mapping(n, nil, []string{"after", "exempt", "unsigned", "forge", "refs"})
	if err != nil {
		return err
	}
	if len(fields) == 0 {
		return strictyaml.At(n, "history is empty", "leave the key out, or write what is to count: after, exempt, unsigned, forge, refs")
	}
	h := &p.history
	if h.HistoryRules, err = historyRules(f, fields["unsigned"], fields["forge"], defaultHistory); err != nil {
		return err
	}
	if list := fields["after"]; list != nil {
		if err := commits(f, list, "after", &h.After); err != nil {
			return err
		}
	}
	if list := fields["exempt"]; list != nil {
		if err := exemptions(f, list, h); err != nil {
			return err
		}
	}
	if list := fields["refs"]; list != nil {
		return refRules(f, list, h)
	}
	return nil
}

func historyRules(f *strictyaml.File, unsigned, forge *yaml.Node, rules HistoryRules) (HistoryRules, error) {
	if unsigned != nil {
		if err := allowInto(f, unsigned, "unsigned", &rules.Unsigned); err != nil {
			return rules, err
		}
	}
	if forge == nil {
		return rules, nil
	}
	fields, err := f.Mapping(forge, nil, []string{"merge", "squash", "edit"})
	if err != nil {
		return rules, err
	}
	if len(fields) == 0 {
		return rules, strictyaml.At(forge, "forge is empty", "leave the key out, or write allow or deny for merge, squash or edit")
	}
	for _, kind := range []struct {
		key  string
		into *bool
	}{{"merge", &rules.Merge}, {"squash", &rules.Squash}, {"edit", &rules.Edit}} {
		if value := fields[kind.key]; value != nil {
			if err := allowInto(f, value, kind.key, kind.into); err != nil {
				return rules, err
			}
		}
	}
	return rules, nil
}

// allowInto reads allow or deny.
func allowInto(f *strictyaml.File, n *yaml.Node, key string, into *bool) error {
	text, err := f.Text(n, key)
	if err != nil {
		return err
	}
	if text != "allow" && text != "deny" {
		return strictyaml.At(n, fmt.Sprintf("%s: %q is neither allow nor deny", key, text), "write "+key+": allow or "+key+": deny")
	}
	*into = text == "allow"
	return nil
}

// fullCommitID is a commit's id in SHA-1 or SHA-256. A short one, or a name, may
// mean another commit tomorrow.
var fullCommitID = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

func commit(f *strictyaml.File, n *yaml.Node, key string) (string, error) {
	if err := f.Plain(n, yaml.ScalarNode); err != nil {
		return "", err
	}
	if !fullCommitID.MatchString(n.Value) { // digits alone are a number to YAML
		return "", strictyaml.At(n, fmt.Sprintf("%s: %q is not the full id of a commit", key, n.Value), "git rev-parse REV^{commit} prints it; names and short ids may mean another commit tomorrow")
	}
	return n.Value, nil
}

// maxAfter bounds the ends of what came before: more branches and releases than
// old repositories have.
const maxAfter = 1000

func commits(f *strictyaml.File, list *yaml.Node, key string, into *[]string) error {
	if err := f.List(list, key, maxAfter); err != nil {
		return err
	}
	for _, n := range list.Content {
		id, err := commit(f, n, key)
		if err != nil {
			return err
		}
		if slices.Contains(*into, id) {
			return strictyaml.At(n, fmt.Sprintf("%s: %s stands here for the second time", key, id), "keep one of the two")
		}
		*into = append(*into, id)
	}
	return nil
}

func exemptions(f *strictyaml.File, list *yaml.Node, h *History) error {
	if err := f.List(list, "exempt", strictyaml.MaxRules); err != nil {
		return err
	}
	h.reasons = make(map[string]string)
	for _, n := range list.Content {
		fields, err := f.Mapping(n, []string{"commit", "reason"}, nil)
		if err != nil {
			return err
		}
		id, err := commit(f, fields["commit"], "commit")
		if err != nil {
			return err
		}
		reason, err := f.Text(fields["reason"], "reason")
		if err != nil {
			return err
		}
		if err := checkText(reason); err != nil {
			return strictyaml.At(fields["reason"], "reason: "+err.Error(), "say in a line why the commit is not held against the history")
		}
		if h.reasons[id] != "" {
			return strictyaml.At(fields["commit"], fmt.Sprintf("commit: %s stands here for the second time", id), "keep one of the two")
		}
		h.reasons[id] = reason
		h.Exempt = append(h.Exempt, Exemption{id, reason})
	}
	return nil
}

// maxRefRules bounds the rules for refs: an audit keeps one bit of each for
// every commit that it holds.
const maxRefRules = 32

func refRules(f *strictyaml.File, list *yaml.Node, h *History) error {
	if err := f.List(list, "refs", maxRefRules); err != nil {
		return err
	}
	for _, n := range list.Content {
		fields, err := f.Mapping(n, []string{"refs"}, []string{"unsigned", "forge"})
		if err != nil {
			return err
		}
		if len(fields) == 1 {
			return strictyaml.At(n, "these refs have no rule of their own", "add unsigned or forge, or remove the entry")
		}
		var r RefRules
		if r.Patterns, err = f.Texts(fields["refs"], "refs"); err != nil {
			return err
		}
		for i, text := range r.Patterns {
			p, err := parseRefPattern(text)
			if err != nil {
				return strictyaml.At(fields["refs"].Content[i], "refs: "+err.Error(), `write full names of refs, with * for any text without / and @, and ** for any: ["refs/heads/release/*"]`)
			}
			r.patterns = append(r.patterns, p)
		}
		if r.HistoryRules, err = historyRules(f, fields["unsigned"], fields["forge"], h.HistoryRules); err != nil {
			return err
		}
		h.Refs = append(h.Refs, r)
	}
	return nil
}

func parseRefPattern(text string) (*pattern, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(text, "refs/") || strings.ContainsAny(text, " ~^:?[\\") {
		return nil, fmt.Errorf("%q is not the full name of a ref", text)
	}
	return parsePattern(text)
}
