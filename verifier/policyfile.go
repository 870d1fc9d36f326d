package verifier

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// maxPolicySize bounds a policy's text: ten thousand identities fit.
	maxPolicySize = 1 << 20
	// maxPolicyIdentities bounds the identities, each of which is compared
	// with each object.
	maxPolicyIdentities = 10_000
)

// PolicyError says where and why a policy was refused.
type PolicyError struct {
	// Source is the policy's.
	Source string
	// Line and Column are where, from 1; zero when the whole text is meant.
	Line, Column int
	// Err is why.
	Err error
	// Hint says what to do, where there is something.
	Hint string
}

func (e *PolicyError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("policy %q: %v", e.Source, e.Err)
	}
	return fmt.Sprintf("policy %q: line %d, column %d: %v", e.Source, e.Line, e.Column, e.Err)
}

func (e *PolicyError) Unwrap() error { return e.Err }

// ParsePolicy reads a policy file:
//
//	version: 1
//	identities:
//	  - name: Ana
//	    subject: ana@example.com
//	    issuer: https://accounts.example.com
//
// Exactly these keys, each once and each there; at least one identity; no name
// and no pair of subject and issuer twice. Of YAML only mappings, sequences
// and strings are read: aliases, anchors, tags, merge keys and further
// documents are refused. Source says where the text came from. Errors are
// *PolicyError.
func ParsePolicy(source string, text []byte) (*Policy, error) {
	p := &Policy{source: source, text: slices.Clone(text), digest: sha256.Sum256(text)}
	root, err := decodePolicy(text)
	if err == nil {
		err = p.parse(root)
	}
	if err != nil {
		var at *PolicyError
		if !errors.As(err, &at) {
			at = &PolicyError{Err: err}
		}
		at.Source = source
		return nil, at
	}
	return p, nil
}

// decodePolicy returns the text's one document as nodes.
func decodePolicy(text []byte) (*yaml.Node, error) {
	if len(text) > maxPolicySize {
		return nil, fmt.Errorf("%d bytes, at most %d are read", len(text), maxPolicySize)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	if err := d.Decode(&doc); err == io.EOF {
		return nil, errors.New("empty")
	} else if err != nil {
		return nil, syntaxError(text, err)
	}
	if err := d.Decode(&second); err == nil {
		return nil, at(&second, "a second document", "keep one document, without another `---`")
	} else if err != io.EOF {
		return nil, syntaxError(text, err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, errors.New("empty")
	}
	return doc.Content[0], nil
}

// syntaxError finds the line that the YAML library names in its message, and
// the usual reason: a value that begins with a character that YAML reads as
// its own.
func syntaxError(text []byte, err error) error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &PolicyError{Err: errors.New(message)}
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		number, rest, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			e.Line, e.Column, e.Err = n, 1, errors.New(rest)
		}
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if e.Line != 0 && i+1 != e.Line && i+1 != e.Line+1 {
			continue // the library counts from 0 in places
		}
		key, value, ok := strings.Cut(line, ": ")
		value = strings.TrimLeft(value, " ")
		if ok && strings.IndexAny(value, "*&!@`%") == 0 {
			e.Line, e.Column = i+1, len(line)-len(value)+1
			e.Hint = fmt.Sprintf("quote the value: %s: %q", strings.TrimLeft(key, " -"), value)
			break
		}
	}
	return e
}

// at returns an error about a node.
func at(n *yaml.Node, why, hint string) error {
	return &PolicyError{Line: n.Line, Column: n.Column, Err: errors.New(why), Hint: hint}
}

// parse reads the top of the file.
func (p *Policy) parse(root *yaml.Node) error {
	fields, err := mapping(root, "version", "identities")
	if err != nil {
		return err
	}
	version := fields["version"]
	if err := plain(version, yaml.ScalarNode); err != nil {
		return err
	}
	if version.ShortTag() != "!!int" || version.Value != "1" {
		return at(version, fmt.Sprintf("version is %q", version.Value), "this program reads policies with `version: 1`")
	}
	list := fields["identities"]
	if err := plain(list, yaml.SequenceNode); err != nil {
		return err
	}
	if len(list.Content) == 0 {
		return at(list, "identities is empty", "name at least one identity")
	}
	if len(list.Content) > maxPolicyIdentities {
		return at(list, fmt.Sprintf("%d identities, at most %d are read", len(list.Content), maxPolicyIdentities), "")
	}
	names := make(map[string]bool)
	signers := make(map[[2]string]bool)
	for _, n := range list.Content {
		id, err := parseIdentity(n)
		if err != nil {
			return err
		}
		signer := [2]string{asciiLower(id.Subject), id.Issuer}
		if names[id.Name] {
			return at(n, fmt.Sprintf("the name %q stands here for the second time", id.Name), "give each identity its own name")
		}
		if signers[signer] {
			return at(n, fmt.Sprintf("%q stands here for the second time", id.Subject), "remove one of the two")
		}
		names[id.Name], signers[signer] = true, true
		p.identities = append(p.identities, id)
	}
	return nil
}

func parseIdentity(n *yaml.Node) (PolicyIdentity, error) {
	var id PolicyIdentity
	fields, err := mapping(n, "name", "subject", "issuer")
	if err != nil {
		return PolicyIdentity{}, err
	}
	for _, f := range []struct {
		key   string
		value *string
	}{{"name", &id.Name}, {"subject", &id.Subject}, {"issuer", &id.Issuer}} {
		key, value := f.key, fields[f.key]
		if err := plain(value, yaml.ScalarNode); err != nil {
			return PolicyIdentity{}, err
		}
		if value.ShortTag() != "!!str" {
			return PolicyIdentity{}, at(value, fmt.Sprintf("%s: %q is not text to YAML", key, value.Value), fmt.Sprintf("quote the value: %s: %q", key, value.Value))
		}
		*f.value = value.Value
	}
	if err := id.check(); err != nil {
		key, _, _ := strings.Cut(err.Error(), ":")
		return PolicyIdentity{}, at(fields[key], err.Error(), "")
	}
	return id, nil
}

// mapping returns the values of a mapping that has each of keys once and no
// other.
func mapping(n *yaml.Node, keys ...string) (map[string]*yaml.Node, error) {
	if err := plain(n, yaml.MappingNode); err != nil {
		return nil, err
	}
	fields := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if err := plain(key, yaml.ScalarNode); err != nil {
			return nil, err
		}
		if !slices.Contains(keys, key.Value) || key.ShortTag() != "!!str" {
			return nil, at(key, fmt.Sprintf("unknown key %q", key.Value), "known here: "+strings.Join(keys, ", "))
		}
		if fields[key.Value] != nil {
			return nil, at(key, fmt.Sprintf("the key %q stands here for the second time", key.Value), "keep one of the two")
		}
		fields[key.Value] = value
	}
	for _, key := range keys {
		if fields[key] == nil {
			return nil, at(n, fmt.Sprintf("the key %q is missing", key), "")
		}
	}
	return fields, nil
}

var kindNames = map[yaml.Kind]string{
	yaml.MappingNode: "a mapping", yaml.SequenceNode: "a list", yaml.ScalarNode: "a value",
}

// plain refuses a node of another kind, and one that YAML lets mean more than
// what is written there.
func plain(n *yaml.Node, kind yaml.Kind) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return at(n, fmt.Sprintf("*%s is an alias to YAML", n.Value), fmt.Sprintf("quote the value: %q", "*"+n.Value))
	case n.Anchor != "":
		return at(n, fmt.Sprintf("&%s is an anchor to YAML", n.Anchor), "quote the value, or remove the anchor")
	case n.Style&yaml.TaggedStyle != 0:
		return at(n, fmt.Sprintf("%s is a tag to YAML", n.Tag), "quote the value, or remove the tag")
	case n.Kind != kind:
		return at(n, fmt.Sprintf("%s is expected here", kindNames[kind]), "")
	}
	return nil
}

// appendPosition returns where in the text a further identity goes: after the
// last line of the last one, with the indentation of its dash.
func (p *Policy) appendPosition() (offset int, indent string, err error) {
	root, err := decodePolicy(p.text)
	if err != nil {
		return 0, "", err
	}
	fields, err := mapping(root, "version", "identities")
	if err != nil {
		return 0, "", err
	}
	list := fields["identities"]
	if root.Style&yaml.FlowStyle != 0 || list.Style&yaml.FlowStyle != 0 {
		return 0, "", &PolicyError{Source: p.source, Line: list.Line, Column: list.Column,
			Err:  errors.New("identities are written in brackets, to which nothing can be added without changing the layout"),
			Hint: "write one identity a line, each beginning with `- `"}
	}
	last := 0
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		last = max(last, n.Line+strings.Count(strings.TrimSuffix(n.Value, "\n"), "\n"))
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(list)
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
