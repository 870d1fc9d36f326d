package policy

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/git-seal/git-seal/cms/fulcio"
)

// WarningKind is what a Warning is about.
type WarningKind int

const (
	// WarnNotASCII is a line with characters that may look like others, or like
	// nothing.
	WarnNotASCII WarningKind = iota + 1
	// WarnEscaped is a line in which letters are written as escapes, so that its
	// readers see another text.
	WarnEscaped
	// WarnRevokedUnknown is a revocation of a signer whom no rule names.
	WarnRevokedUnknown
	// WarnIssuer is an issuer in a form that its provider does not use.
	WarnIssuer
	// WarnTrust is a rule for a trusted root that is not among those given.
	WarnTrust
	// WarnForgeWithoutKeys is a rule about a forge, in a policy that names no key of
	// one.
	WarnForgeWithoutKeys
)

// Warning is something in a valid policy that may not be what its author meant, or
// what its readers see.
type Warning struct {
	Kind WarningKind
	// Line is the number of the line of a WarnNotASCII or WarnEscaped, from 1.
	Line int
	// Rule is the name of the rule; empty for a revocation.
	Rule string
	// Value is the text it is about: the line's characters, the subject, the issuer
	// or the trusted root.
	Value string
	// Candidates are what may have been meant. Certain says that it is the first.
	Candidates []string
	Certain    bool
}

// maxTextWarnings bounds the lines that are marked, each of which has a warning.
const maxTextWarnings = 20

// Warnings returns what people should look at before they rely on the policy.
// roots are the names of the trusted roots; nil if they are not known.
func (p *Policy) Warnings(roots []string) []Warning {
	all := p.textWarnings()
	for i := range p.Rules {
		r := &p.Rules[i]
		if w, ok := issuerWarning(r.Issuer); ok {
			w.Rule = r.Name
			all = append(all, w)
		}
		if r.Trust != "" && roots != nil && !slices.Contains(roots, r.Trust) {
			all = append(all, Warning{Kind: WarnTrust, Rule: r.Name, Value: r.Trust, Candidates: roots})
		}
	}
	for i := range p.revocations {
		r := &p.revocations[i]
		if w, ok := issuerWarning(r.Issuer); ok {
			all = append(all, w)
		} else if w, ok := p.unknownRevocation(r); ok {
			all = append(all, w)
		}
	}
	if p.forgeRules && p.forgeKeys.Named.empty() {
		all = append(all, Warning{Kind: WarnForgeWithoutKeys})
	}
	return all
}

// escapes are letters that a double-quoted value writes in another way.
var escapes = regexp.MustCompile(`\\[xuU][0-9a-fA-F]+`)

func (p *Policy) textWarnings() []Warning {
	var all []Warning
	for i, line := range bytes.Split(p.text, []byte("\n")) {
		strange := strings.Map(func(r rune) rune {
			if r < utf8.RuneSelf {
				return -1
			}
			return r
		}, string(line))
		if strange != "" {
			all = append(all, Warning{Kind: WarnNotASCII, Line: i + 1, Value: strange})
		}
		if e := escapes.Find(line); e != nil {
			all = append(all, Warning{Kind: WarnEscaped, Line: i + 1, Value: string(e)})
		}
		if len(all) >= maxTextWarnings {
			break
		}
	}
	return all
}

// issuers are the issuers of providers that many use, by their hosts.
var issuers = map[string][]string{
	"accounts.google.com":                 {"https://accounts.google.com"},
	"google.com":                          {"https://accounts.google.com"},
	"github.com":                          {"https://github.com/login/oauth", "https://token.actions.githubusercontent.com"},
	"token.actions.githubusercontent.com": {"https://token.actions.githubusercontent.com"},
	"gitlab.com":                          {"https://gitlab.com"},
	"login.microsoftonline.com":           {"https://login.microsoftonline.com"},
	"agent.buildkite.com":                 {"https://agent.buildkite.com"},
}

// issuerWarning returns a warning about an issuer that is not written as its
// provider writes it. Organizations have issuers with a path of their own.
func issuerWarning(issuer string) (Warning, bool) {
	u, err := url.Parse(issuer)
	if err != nil {
		return Warning{}, false
	}
	known := issuers[strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")]
	path := strings.Trim(u.Path, "/")
	w := Warning{Kind: WarnIssuer, Value: issuer, Candidates: known, Certain: true}
	switch {
	case slices.Contains(known, issuer):
		return Warning{}, false
	case len(known) > 0 && (path == "" || "/"+path == pathOf(known[0]) || u.Scheme != "https"):
		return w, true
	case strings.HasSuffix(issuer, "/"):
		w.Candidates = []string{strings.TrimRight(issuer, "/")}
		return w, true
	}
	return Warning{}, false
}

func pathOf(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return u.Path
}

// unknownRevocation returns a warning if no rule can allow whom the revocation
// names. Two patterns are taken to have something in common.
func (p *Policy) unknownRevocation(r *revocation) (Warning, bool) {
	w := Warning{Kind: WarnRevokedUnknown, Value: r.Subject}
	for i := range p.Rules {
		rule := &p.Rules[i]
		same := r.signer.pattern != nil && rule.signer.pattern != nil ||
			rule.signer.names(nameOf(r.Subject)) || r.signer.names(nameOf(rule.Subject))
		switch {
		case same && rule.Issuer == r.Issuer:
			return Warning{}, false
		case same:
			w.Candidates, w.Certain = []string{rule.Subject + " (" + rule.Issuer + ")"}, true
		case !w.Certain:
			w.Candidates = append(w.Candidates, rule.Subject)
		}
	}
	return w, true
}

func nameOf(subject string) fulcio.CertificateIdentity {
	return fulcio.CertificateIdentity{SubjectAlternativeName: subject, Kind: fulcio.KindOf(subject)}
}

// namesForge reports whether a part of the policy has a key forge.
func namesForge(n *yaml.Node) bool {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Value == "forge" || namesForge(c) {
			return true
		}
	}
	return false
}
