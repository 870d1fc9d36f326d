package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// policyFile is a policy's text with the nodes that the YAML library finds in
// it.
type policyFile struct {
	lines []string // without their ends
	root  *yaml.Node

	line    int   // the last that from was asked about
	columns []int // the offsets of its characters
}

// readPolicyFile returns the text's one document.
func readPolicyFile(text []byte) (*policyFile, error) {
	if len(text) > maxPolicySize {
		return nil, fmt.Errorf("%d bytes, at most %d are read", len(text), maxPolicySize)
	}
	lines, err := policyLines(text)
	if err != nil {
		return nil, err
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	if err := d.Decode(&doc); err == io.EOF {
		return nil, errors.New("empty")
	} else if err != nil {
		return nil, syntaxError(lines, err)
	}
	if err := d.Decode(&second); err == nil {
		return nil, at(&second, "a second document", "keep one document, without another `---`")
	} else if err != io.EOF {
		return nil, syntaxError(lines, err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, errors.New("empty")
	}
	return &policyFile{lines: lines, root: doc.Content[0]}, nil
}

// at returns an error about a node.
func at(n *yaml.Node, why, hint string) error {
	return &Error{Line: n.Line, Column: n.Column, Err: errors.New(why), Hint: hint}
}

// atField is an error about the value of a key of a mapping.
func (f *policyFile) atField(n *yaml.Node, err error) error {
	var field *fieldError
	if !errors.As(err, &field) {
		return at(n, err.Error(), "see docs/policy.md")
	}
	where := f.valueOf(n, field.key)
	return &Error{Line: where.Line, Column: where.Column, Err: err, Hint: fieldHints[field.key], Key: field.key}
}

// fieldHints say what each key is for.
var fieldHints = map[string]string{
	"name":       "a name is any text by which people know the signer",
	"subject":    "write the name in the certificate, whole, or a pattern whose host and owner, or domain, are fixed: \"*@example.com\", \"https://forge.example.com/acme/*\"",
	"issuer":     "write the URL of the OpenID provider as the certificate has it: https://accounts.example.com",
	"committers": "write e-mail addresses alone, as git has them: [12345+ana@users.noreply.example.com]",
	"tags":       "write names of tags without refs/tags/, with * for any text without / and @: [\"v*\"]; for every object, leave the key out",
	"trust":      "write the name of a trusted root",
	"until":      "from is the first moment that counts, until the first that no longer does",
	"reason":     "a reason is any text",
}

// valueOf finds the value of a mapping's key; the mapping itself where it is
// not there.
func (f *policyFile) valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return n
}

// mapping returns the values of a mapping that has each of needed once, may
// have each of others once, and has no other key.
func (f *policyFile) mapping(n *yaml.Node, needed, others []string) (map[string]*yaml.Node, error) {
	if err := f.plain(n, yaml.MappingNode); err != nil {
		return nil, err
	}
	known := slices.Concat(needed, others)
	fields := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if err := f.plain(key, yaml.ScalarNode); err != nil {
			return nil, err
		}
		if !slices.Contains(known, key.Value) || key.ShortTag() != "!!str" {
			return nil, at(key, fmt.Sprintf("unknown key %q", key.Value), "known here: "+strings.Join(known, ", "))
		}
		if fields[key.Value] != nil {
			return nil, at(key, fmt.Sprintf("the key %q stands here for the second time", key.Value), "keep one of the two")
		}
		fields[key.Value] = value
	}
	for _, key := range needed {
		if fields[key] == nil {
			return nil, at(n, fmt.Sprintf("the key %q is missing", key), "needed here: "+strings.Join(needed, ", "))
		}
	}
	return fields, nil
}

// list refuses what is no list, and one that is empty or too long.
func (f *policyFile) list(n *yaml.Node, key string, most int) error {
	if err := f.plain(n, yaml.SequenceNode); err != nil {
		return err
	}
	switch {
	case len(n.Content) == 0 && key == "identities":
		return at(n, "identities is empty", "name at least one identity, or leave the key out in a policy of keys")
	case len(n.Content) == 0:
		return at(n, key+" is empty", "leave the key out, or fill the list")
	case len(n.Content) > most:
		return at(n, fmt.Sprintf("%s: %d of them, at most %d are read", key, len(n.Content), most), "split the policy, or use patterns")
	}
	return nil
}

// text returns a value that YAML, in any of its versions, reads as text.
func (f *policyFile) text(n *yaml.Node, key string) (string, error) {
	if err := f.plain(n, yaml.ScalarNode); err != nil {
		return "", err
	}
	const unquoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle
	if n.ShortTag() != "!!str" || n.Style&unquoted == 0 && slices.Contains(oldBooleans, strings.ToLower(n.Value)) {
		what := fmt.Sprintf("%s: %q is not text to YAML", key, n.Value)
		if n.Value == "" {
			what = key + ": no value, or none but a comment"
		}
		return "", at(n, what, fmt.Sprintf("quote the value: %s: %s", key, quoteYAML(n.Value)))
	}
	return n.Value, nil
}

// oldBooleans are values that YAML 1.1 reads as true or false, and YAML 1.2 as
// text.
var oldBooleans = []string{"yes", "no", "on", "off", "y", "n"}

// texts returns a list of texts.
func (f *policyFile) texts(n *yaml.Node, key string) ([]string, error) {
	if err := f.list(n, key, maxPolicyList); err != nil {
		return nil, err
	}
	var texts []string
	for _, item := range n.Content {
		text, err := f.text(item, key)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func (f *policyFile) textInto(key string, into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) (err error) {
		*into, err = f.text(n, key)
		return err
	}
}

func (f *policyFile) textsInto(key string, into *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) (err error) {
		*into, err = f.texts(n, key)
		return err
	}
}

// timeInto reads a time, which may stand in quotes or not.
func (f *policyFile) timeInto(key string, into *time.Time) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if err := f.plain(n, yaml.ScalarNode); err != nil {
			return err
		}
		t, err := parsePolicyTime(n.Value)
		if err != nil {
			return at(n, fmt.Sprintf("%s: %v", key, err), "write date, time and zone (RFC 3339): 2026-03-01T00:00:00Z or 2026-03-01T09:00:00+01:00")
		}
		*into = t
		return nil
	}
}

var kindNames = map[yaml.Kind]string{
	yaml.MappingNode: "a mapping", yaml.SequenceNode: "a list", yaml.ScalarNode: "one value",
}

var kindHints = map[yaml.Kind]string{
	yaml.MappingNode:  "write `key: value` lines here",
	yaml.SequenceNode: "write a list here: [a, b], or lines that begin with `- `",
	yaml.ScalarNode:   "write one value here, in quotes where it holds brackets",
}

// plain refuses a node of another kind, and one that YAML lets mean more than
// what is written there.
func (f *policyFile) plain(n *yaml.Node, kind yaml.Kind) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return at(n, fmt.Sprintf("*%s is an alias to YAML", n.Value), "quote the value: "+quoteYAML("*"+n.Value))
	case n.Anchor != "":
		return at(n, fmt.Sprintf("&%s is an anchor to YAML", n.Anchor), "quote the value, or remove the anchor")
	case n.Style&yaml.TaggedStyle != 0:
		return at(n, fmt.Sprintf("%s is a tag to YAML", n.Tag), "quote the value, or remove the tag")
	case n.Kind != kind:
		return at(n, kindNames[kind]+" is expected here", kindHints[kind])
	case kind == yaml.ScalarNode && !f.onOneLine(n):
		return at(n, "a value of several lines", "write the value on one line")
	}
	return nil
}

// onOneLine says whether all of a value stands in the line in which it begins,
// so that whoever reads or changes the file by lines sees all of it.
func (f *policyFile) onOneLine(n *yaml.Node) bool {
	written, ok := f.from(n)
	if !ok || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return false
	}
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		return strings.HasPrefix(written, "'"+strings.ReplaceAll(n.Value, "'", "''")+"'")
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return closesQuotes(written)
	}
	return strings.HasPrefix(written, n.Value)
}

// from returns the rest of the line in which a value begins. All values may
// stand on one line, so its columns are counted once.
func (f *policyFile) from(n *yaml.Node) (string, bool) {
	if n.Line < 1 || n.Line > len(f.lines) {
		return "", false
	}
	line := f.lines[n.Line-1]
	if f.line != n.Line {
		f.line, f.columns = n.Line, f.columns[:0]
		for i := range line {
			f.columns = append(f.columns, i)
		}
		f.columns = append(f.columns, len(line))
	}
	if n.Column < 1 || n.Column > len(f.columns) {
		return "", false
	}
	return line[f.columns[n.Column-1]:], true
}

// closesQuotes says whether a double-quoted value ends in its line.
func closesQuotes(written string) bool {
	for i := 1; i < len(written); i++ {
		switch written[i] {
		case '\\':
			i++
		case '"':
			return true
		}
	}
	return false
}
