package policy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier/policy/strictyaml"
)

// Parse reads a policy file as docs/policy.md specifies it. Of YAML only
// mappings, lists and values of one line are read: aliases, anchors, tags,
// merge keys and further documents are refused, and so is every key that is
// not known, twice or without a value. Source says where the text came from.
// Errors are *Error.
func Parse(source string, text []byte) (*Policy, error) {
	p := &Policy{source: source, text: slices.Clone(text), digest: sha256.Sum256(text), require: defaultRequire,
		history: History{HistoryRules: defaultHistory}}
	f, err := strictyaml.Read(text)
	if err == nil {
		err = p.parse(f)
	}
	if err != nil {
		var at *strictyaml.Error
		if !errors.As(err, &at) {
			at = &strictyaml.Error{Err: err, Hint: "docs/policy.md has a policy to begin with"}
		}
		at.Source = source
		return nil, at
	}
	return p, nil
}

// parse reads the top of the file.
func (p *Policy) parse(f *strictyaml.File) error {
	fields, err := f.Mapping(f.Root, []string{"version"}, []string{"identities", "revoked", "require", "keys", "history"})
	if err != nil {
		return err
	}
	if fields["identities"] == nil && fields["keys"] == nil {
		return strictyaml.At(f.Root, `the key "identities" is missing`, "needed here: identities, or keys for OpenPGP and SSH signatures")
	}
	version := fields["version"]
	if err := f.Plain(version, yaml.ScalarNode); err != nil {
		return err
	}
	if version.ShortTag() != "!!int" || version.Value != "1" {
		return strictyaml.At(version, fmt.Sprintf("version is %q", version.Value), "this program reads policies with `version: 1`")
	}
	for _, part := range []struct {
		key   string
		parse func(*strictyaml.File, *yaml.Node) error
	}{{"identities", p.parseIdentities}, {"revoked", p.parseRevoked}, {"require", p.parseRequire}, {"keys", p.parseKeys}, {"history", p.parseHistory}} {
		if n := fields[part.key]; n != nil {
			if err := part.parse(f, n); err != nil {
				return err
			}
		}
	}
	p.forgeRules = fields["history"] != nil && namesForge(fields["history"])
	return nil
}

func (p *Policy) parseIdentities(f *strictyaml.File, list *yaml.Node) error {
	if err := f.List(list, "identities", strictyaml.MaxRules); err != nil {
		return err
	}
	names := make(map[string]bool)
	seen := make(map[string]bool)
	for _, n := range list.Content {
		id, err := identityOf(f, n)
		if err != nil {
			return err
		}
		r, err := newRule(id)
		if err != nil {
			return atField(f, n, err)
		}
		if names[id.Name] {
			return strictyaml.At(f.ValueOf(n, "name"), fmt.Sprintf("the name %q stands here for the second time", id.Name), "give each identity its own name")
		}
		same := id.key()
		if seen[same] {
			return strictyaml.At(n, fmt.Sprintf("%q stands here for the second time, with nothing else in it", id.Subject), "remove one of the two")
		}
		names[id.Name], seen[same] = true, true
		p.Rules = append(p.Rules, r)
	}
	return nil
}

func (p *Policy) parseRevoked(f *strictyaml.File, list *yaml.Node) error {
	if err := f.List(list, "revoked", strictyaml.MaxRules); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for _, n := range list.Content {
		r, err := revocationOf(f, n)
		if err != nil {
			return err
		}
		compiled, err := newRevocation(r)
		if err != nil {
			return atField(f, n, err)
		}
		same := Identity{Subject: r.Subject, Issuer: r.Issuer, From: r.From, Until: r.Until, Trust: r.Reason}.key()
		if seen[same] {
			return strictyaml.At(n, fmt.Sprintf("%q stands here for the second time, with nothing else in it", r.Subject), "remove one of the two")
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

func (p *Policy) parseRequire(f *strictyaml.File, list *yaml.Node) error {
	const known = "known here: log, timestamp"
	texts, err := f.Texts(list, "require")
	if err != nil {
		return err
	}
	p.require = nil
	for i, text := range texts {
		e := Evidence(text)
		if e != EvidenceLog && e != EvidenceTimestamp {
			return strictyaml.At(list.Content[i], fmt.Sprintf("require: no evidence is called %q", text), known)
		}
		if slices.Contains(p.require, e) {
			return strictyaml.At(list.Content[i], fmt.Sprintf("require: %q stands here for the second time", text), "keep one of the two")
		}
		p.require = append(p.require, e)
	}
	slices.Sort(p.require)
	return nil
}

func identityOf(f *strictyaml.File, n *yaml.Node) (id Identity, err error) {
	fields, err := f.Mapping(n, []string{"name", "subject", "issuer"}, []string{"committers", "from", "until", "extensions", "tags", "trust"})
	if err != nil {
		return Identity{}, err
	}
	read := func(key string, into func(*yaml.Node) error) {
		if value := fields[key]; err == nil && value != nil {
			err = into(value)
		}
	}
	read("name", f.TextInto("name", &id.Name))
	read("subject", f.TextInto("subject", &id.Subject))
	read("issuer", f.TextInto("issuer", &id.Issuer))
	read("committers", f.TextsInto("committers", &id.Committers))
	read("from", f.TimeInto("from", &id.From))
	read("until", f.TimeInto("until", &id.Until))
	read("tags", f.TextsInto("tags", &id.Tags))
	read("trust", f.TextInto("trust", &id.Trust))
	read("extensions", func(n *yaml.Node) error {
		id.Extensions, err = extensions(f, n)
		return err
	})
	if err == nil && fields["trust"] != nil && id.Trust == "" {
		err = strictyaml.At(fields["trust"], "trust: empty", "name a trusted root, or leave the key out for any")
	}
	return id, err
}

func revocationOf(f *strictyaml.File, n *yaml.Node) (r Revocation, err error) {
	fields, err := f.Mapping(n, []string{"subject", "issuer"}, []string{"from", "until", "reason"})
	if err != nil {
		return Revocation{}, err
	}
	read := func(key string, into func(*yaml.Node) error) {
		if value := fields[key]; err == nil && value != nil {
			err = into(value)
		}
	}
	read("subject", f.TextInto("subject", &r.Subject))
	read("issuer", f.TextInto("issuer", &r.Issuer))
	read("from", f.TimeInto("from", &r.From))
	read("until", f.TimeInto("until", &r.Until))
	read("reason", f.TextInto("reason", &r.Reason))
	if err == nil && fields["reason"] != nil && r.Reason == "" {
		err = strictyaml.At(fields["reason"], "reason: empty", "say why, or leave the key out")
	}
	return r, err
}

// extensions reads the mapping from names of certificate extensions to values.
func extensions(f *strictyaml.File, n *yaml.Node) (map[string]string, error) {
	fields, err := f.Mapping(n, nil, fulcio.ExtensionNames())
	if err != nil {
		return nil, err
	}
	if len(fields) == 0 {
		return nil, strictyaml.At(n, "extensions is empty", "leave the key out, or write what the certificate has to say")
	}
	values := make(map[string]string)
	numbers := make(map[int]bool)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text, err := f.Text(fields[name], name)
		if err != nil {
			return nil, err
		}
		if err := checkText(text); err != nil {
			return nil, &strictyaml.Error{Line: fields[name].Line, Column: fields[name].Column, Err: fmt.Errorf("%s: %w", name, err), Hint: "write the value as the certificate has it", Key: "extensions"}
		}
		if numbers[fulcio.ExtensionNumbers[name]] {
			return nil, strictyaml.At(fields[name], fmt.Sprintf("%s stands here under both of its names", name), "keep one of the two")
		}
		numbers[fulcio.ExtensionNumbers[name]] = true
		values[name] = text
	}
	return values, nil
}
