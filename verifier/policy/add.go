package policy

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier/policy/strictyaml"
)

// Text returns the text of a policy file that allows ids and nobody else.
// Errors are those of Add.
func Text(ids ...Identity) ([]byte, error) {
	var b strings.Builder
	b.WriteString("version: 1\nidentities:\n")
	for _, id := range ids {
		if err := checkAdded(id); err != nil {
			return nil, err
		}
		b.WriteString(identityYAML(id, "  "))
	}
	p, err := Parse("", []byte(b.String()))
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(p.Identities(), ids, Identity.same) {
		return nil, errors.New("the identities cannot be written so that they read the same")
	}
	return []byte(b.String()), nil
}

// Add returns the policy's text with id appended to its identities; comments
// and layout stay as they are. The policy itself does not change. A subject or
// tag with a star in it is refused: what a program found in a certificate must
// not become a pattern, which only a person can mean.
func (p *Policy) Add(id Identity) ([]byte, error) {
	if p.oneOff {
		return nil, fmt.Errorf("policy %q: is no file to which something could be added", p.source)
	}
	if err := checkAdded(id); err != nil {
		return nil, err
	}
	at, indent, err := p.appendPosition()
	if err != nil {
		return nil, err
	}
	item := identityYAML(id, indent)
	if len(p.Rules) == 0 {
		item = "identities:\n" + item
	}
	if at > 0 && p.text[at-1] != '\n' {
		item = "\n" + item
	}
	if bytes.Contains(p.text, []byte("\r\n")) {
		item = strings.ReplaceAll(item, "\n", "\r\n")
	}
	text := slices.Concat(p.text[:at], []byte(item), p.text[at:])
	added, err := Parse(p.source, text)
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(added.Identities(), append(p.Identities(), id), Identity.same) ||
		!slices.EqualFunc(added.Revocations(), p.Revocations(), Revocation.equal) || !slices.Equal(added.require, p.require) ||
		!added.SignerKeys.Named.equal(p.SignerKeys.Named) || !added.forgeKeys.Named.equal(p.forgeKeys.Named) || !added.history.equal(&p.history) {
		return nil, fmt.Errorf("policy %q: the identity cannot be added without rewriting the file; add it by hand", p.source)
	}
	return text, nil
}

func checkAdded(id Identity) error {
	if err := id.check(); err != nil {
		return err
	}
	for _, s := range append([]string{id.Subject}, id.Tags...) {
		if isPattern(s) {
			return fmt.Errorf("%q holds a *, which a policy reads as a pattern: add it by hand if that is what is meant", s)
		}
	}
	return nil
}

// appendPosition returns where in the text a further identity goes: after the
// last line of the last one, with the indentation of its dash. Without any, it is
// the end of the text.
func (p *Policy) appendPosition() (offset int, indent string, err error) {
	f, err := strictyaml.Read(p.text)
	if err != nil {
		return 0, "", err
	}
	if len(p.Rules) == 0 && f.Root.Style&yaml.FlowStyle == 0 {
		return len(p.text), "  ", nil
	}
	list := f.ValueOf(f.Root, "identities")
	if f.Root.Style&yaml.FlowStyle != 0 || list.Style&yaml.FlowStyle != 0 {
		return 0, "", &strictyaml.Error{Source: p.source, Line: list.Line, Column: list.Column,
			Err:  errors.New("identities are written in brackets, to which nothing can be added without changing the layout"),
			Hint: "write one identity a line, each beginning with `- `"}
	}
	last := lastLine(list)
	for range last {
		i := bytes.IndexByte(p.text[offset:], '\n')
		if i < 0 {
			offset = len(p.text)
			break
		}
		offset += i + 1
	}
	return offset, strings.Repeat(" ", list.Column-1), nil
}

// lastLine is the line of the last value in a node. All values stand on one
// line; brackets that are closed below their last value make Add refuse what
// comes out.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// identityYAML returns one identity as an item of a block sequence.
func identityYAML(id Identity, indent string) string {
	var b strings.Builder
	line := func(key, value string) {
		if b.Len() == 0 {
			fmt.Fprintf(&b, "%s- %s: %s\n", indent, key, value)
		} else {
			fmt.Fprintf(&b, "%s  %s: %s\n", indent, key, value)
		}
	}
	line("name", strictyaml.Quote(id.Name))
	line("subject", strictyaml.Quote(id.Subject))
	line("issuer", strictyaml.Quote(id.Issuer))
	if len(id.Committers) > 0 {
		line("committers", listYAML(id.Committers))
	}
	if !id.From.IsZero() {
		line("from", Stamp(id.From))
	}
	if !id.Until.IsZero() {
		line("until", Stamp(id.Until))
	}
	if len(id.Extensions) > 0 {
		var pairs []string
		for _, name := range fulcio.SortedKeys(id.Extensions) {
			pairs = append(pairs, name+": "+strictyaml.Quote(id.Extensions[name]))
		}
		line("extensions", "{"+strings.Join(pairs, ", ")+"}")
	}
	if len(id.Tags) > 0 {
		line("tags", listYAML(id.Tags))
	}
	if id.Trust != "" {
		line("trust", strictyaml.Quote(id.Trust))
	}
	return b.String()
}

func listYAML(values []string) string {
	quoted := make([]string, 0, len(values))
	for _, v := range values {
		quoted = append(quoted, strictyaml.Quote(v))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
