package policy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/git-seal/git-seal/cms/fulcio"
)

// Error says where and why a policy was refused.
type Error struct {
	// Source is the policy's.
	Source string
	// Line and Column are where, from 1, the column in characters; zero when
	// the whole text is meant.
	Line, Column int
	// Err is why.
	Err error
	// Hint says what to do.
	Hint string
	// Key is the key of the policy whose value was refused, where it is one of
	// an identity or a revocation: a program that shows certificates or trusted
	// roots can say where the right value is.
	Key string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("policy %q: %v", e.Source, e.Err)
	}
	return fmt.Sprintf("policy %q: line %d, column %d: %v", e.Source, e.Line, e.Column, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Parse reads a policy file as docs/policy.md specifies it. Of YAML only
// mappings, lists and values of one line are read: aliases, anchors, tags,
// merge keys and further documents are refused, and so is every key that is
// not known, twice or without a value. Source says where the text came from.
// Errors are *Error.
func Parse(source string, text []byte) (*Policy, error) {
	p := &Policy{source: source, text: slices.Clone(text), digest: sha256.Sum256(text), require: defaultRequire,
		history: History{HistoryRules: defaultHistory}}
	f, err := readPolicyFile(text)
	if err == nil {
		err = p.parse(f)
	}
	if err != nil {
		var at *Error
		if !errors.As(err, &at) {
			at = &Error{Err: err, Hint: "docs/policy.md has a policy to begin with"}
		}
		at.Source = source
		return nil, at
	}
	return p, nil
}

// parse reads the top of the file.
func (p *Policy) parse(f *policyFile) error {
	fields, err := f.mapping(f.root, []string{"version"}, []string{"identities", "revoked", "require", "keys", "history"})
	if err != nil {
		return err
	}
	if fields["identities"] == nil && fields["keys"] == nil {
		return at(f.root, `the key "identities" is missing`, "needed here: identities, or keys for OpenPGP and SSH signatures")
	}
	version := fields["version"]
	if err := f.plain(version, yaml.ScalarNode); err != nil {
		return err
	}
	if version.ShortTag() != "!!int" || version.Value != "1" {
		return at(version, fmt.Sprintf("version is %q", version.Value), "this program reads policies with `version: 1`")
	}
	for _, part := range []struct {
		key   string
		parse func(*policyFile, *yaml.Node) error
	}{{"identities", p.parseIdentities}, {"revoked", p.parseRevoked}, {"require", p.parseRequire}, {"keys", p.parseKeys}, {"history", p.parseHistory}} {
		if n := fields[part.key]; n != nil {
			if err := part.parse(f, n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Policy) parseIdentities(f *policyFile, list *yaml.Node) error {
	if err := f.list(list, "identities", maxPolicyRules); err != nil {
		return err
	}
	names := make(map[string]bool)
	seen := make(map[string]bool)
	for _, n := range list.Content {
		id, err := f.identity(n)
		if err != nil {
			return err
		}
		r, err := newRule(id)
		if err != nil {
			return f.atField(n, err)
		}
		if names[id.Name] {
			return at(f.valueOf(n, "name"), fmt.Sprintf("the name %q stands here for the second time", id.Name), "give each identity its own name")
		}
		same := id.key()
		if seen[same] {
			return at(n, fmt.Sprintf("%q stands here for the second time, with nothing else in it", id.Subject), "remove one of the two")
		}
		names[id.Name], seen[same] = true, true
		p.Rules = append(p.Rules, r)
	}
	return nil
}

func (p *Policy) parseRevoked(f *policyFile, list *yaml.Node) error {
	if err := f.list(list, "revoked", maxPolicyRules); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for _, n := range list.Content {
		r, err := f.revocation(n)
		if err != nil {
			return err
		}
		compiled, err := newRevocation(r)
		if err != nil {
			return f.atField(n, err)
		}
		same := Identity{Subject: r.Subject, Issuer: r.Issuer, From: r.From, Until: r.Until, Trust: r.Reason}.key()
		if seen[same] {
			return at(n, fmt.Sprintf("%q stands here for the second time, with nothing else in it", r.Subject), "remove one of the two")
		}
		seen[same] = true
		p.revocations = append(p.revocations, compiled)
	}
	return nil
}

// key is the same text for two identities that differ in name alone.
func (id Identity) key() string {
	id.Name, id.Subject, id.From, id.Until = "", FoldAddress(id.Subject), id.From.UTC(), id.Until.UTC()
	return identityYAML(id, "")
}

func (p *Policy) parseRequire(f *policyFile, list *yaml.Node) error {
	const known = "known here: log, timestamp"
	texts, err := f.texts(list, "require")
	if err != nil {
		return err
	}
	p.require = nil
	for i, text := range texts {
		e := Evidence(text)
		if e != EvidenceLog && e != EvidenceTimestamp {
			return at(list.Content[i], fmt.Sprintf("require: no evidence is called %q", text), known)
		}
		if slices.Contains(p.require, e) {
			return at(list.Content[i], fmt.Sprintf("require: %q stands here for the second time", text), "keep one of the two")
		}
		p.require = append(p.require, e)
	}
	slices.Sort(p.require)
	return nil
}

func (f *policyFile) identity(n *yaml.Node) (id Identity, err error) {
	fields, err := f.mapping(n, []string{"name", "subject", "issuer"}, []string{"committers", "from", "until", "extensions", "tags", "trust"})
	if err != nil {
		return Identity{}, err
	}
	read := func(key string, into func(*yaml.Node) error) {
		if value := fields[key]; err == nil && value != nil {
			err = into(value)
		}
	}
	read("name", f.textInto("name", &id.Name))
	read("subject", f.textInto("subject", &id.Subject))
	read("issuer", f.textInto("issuer", &id.Issuer))
	read("committers", f.textsInto("committers", &id.Committers))
	read("from", f.timeInto("from", &id.From))
	read("until", f.timeInto("until", &id.Until))
	read("tags", f.textsInto("tags", &id.Tags))
	read("trust", f.textInto("trust", &id.Trust))
	read("extensions", func(n *yaml.Node) error {
		id.Extensions, err = f.extensions(n)
		return err
	})
	if err == nil && fields["trust"] != nil && id.Trust == "" {
		err = at(fields["trust"], "trust: empty", "name a trusted root, or leave the key out for any")
	}
	return id, err
}

func (f *policyFile) revocation(n *yaml.Node) (r Revocation, err error) {
	fields, err := f.mapping(n, []string{"subject", "issuer"}, []string{"from", "until", "reason"})
	if err != nil {
		return Revocation{}, err
	}
	read := func(key string, into func(*yaml.Node) error) {
		if value := fields[key]; err == nil && value != nil {
			err = into(value)
		}
	}
	read("subject", f.textInto("subject", &r.Subject))
	read("issuer", f.textInto("issuer", &r.Issuer))
	read("from", f.timeInto("from", &r.From))
	read("until", f.timeInto("until", &r.Until))
	read("reason", f.textInto("reason", &r.Reason))
	if err == nil && fields["reason"] != nil && r.Reason == "" {
		err = at(fields["reason"], "reason: empty", "say why, or leave the key out")
	}
	return r, err
}

// extensions reads the mapping from names of certificate extensions to values.
func (f *policyFile) extensions(n *yaml.Node) (map[string]string, error) {
	fields, err := f.mapping(n, nil, fulcio.ExtensionNames())
	if err != nil {
		return nil, err
	}
	if len(fields) == 0 {
		return nil, at(n, "extensions is empty", "leave the key out, or write what the certificate has to say")
	}
	values := make(map[string]string)
	numbers := make(map[int]bool)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text, err := f.text(fields[name], name)
		if err != nil {
			return nil, err
		}
		if err := checkText(text); err != nil {
			return nil, &Error{Line: fields[name].Line, Column: fields[name].Column, Err: fmt.Errorf("%s: %w", name, err), Hint: "write the value as the certificate has it", Key: "extensions"}
		}
		if numbers[fulcio.ExtensionNumbers[name]] {
			return nil, at(fields[name], fmt.Sprintf("%s stands here under both of its names", name), "keep one of the two")
		}
		numbers[fulcio.ExtensionNumbers[name]] = true
		values[name] = text
	}
	return values, nil
}

// parsePolicyTime reads a moment as RFC 3339 writes it, with its zone.
func parsePolicyTime(text string) (time.Time, error) {
	const shape = "2026-03-01T00:00:00"
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || len(text) <= len(shape) || !strings.ContainsAny(text[len(shape):len(shape)+1], ".Z+-") || t.IsZero() {
		return time.Time{}, fmt.Errorf("%q is no time with a zone", text)
	}
	return t, nil
}
