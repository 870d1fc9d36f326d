// Package strictyaml reads the part of YAML that a person who reviews a file cannot
// misread: mappings, lists and values of one line. Aliases, anchors, tags, merge keys,
// further documents, unknown keys and keys that appear twice are refused, each with its
// place in the text.
package strictyaml

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

// File is a policy's text with the nodes that the YAML library finds in
// it.
type File struct {
	lines []string // without their ends
	Root  *yaml.Node

	line    int   // the last that from was asked about
	columns []int // the offsets of its characters
}

// Read returns the text's one document.
func Read(text []byte) (*File, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%d bytes, at most %d are read", len(text), MaxSize)
	}
	lines, err := lines(text)
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
		return nil, At(&second, "a second document", "keep one document, without another `---`")
	} else if err != io.EOF {
		return nil, syntaxError(lines, err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, errors.New("empty")
	}
	return &File{lines: lines, Root: doc.Content[0]}, nil
}

// At returns an error about a node.
func At(n *yaml.Node, why, hint string) error {
	return &Error{Line: n.Line, Column: n.Column, Err: errors.New(why), Hint: hint}
}

// ValueOf finds the value of a mapping's key; the mapping itself where it is
// not there.
func (f *File) ValueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return n
}

// Mapping returns the values of a mapping that has each of needed once, may
// have each of others once, and has no other key.
func (f *File) Mapping(n *yaml.Node, needed, others []string) (map[string]*yaml.Node, error) {
	if err := f.Plain(n, yaml.MappingNode); err != nil {
		return nil, err
	}
	known := slices.Concat(needed, others)
	fields := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if err := f.Plain(key, yaml.ScalarNode); err != nil {
			return nil, err
		}
		if !slices.Contains(known, key.Value) || key.ShortTag() != "!!str" {
			return nil, At(key, fmt.Sprintf("unknown key %q", key.Value), "known here: "+strings.Join(known, ", "))
		}
		if fields[key.Value] != nil {
			return nil, At(key, fmt.Sprintf("the key %q stands here for the second time", key.Value), "keep one of the two")
		}
		fields[key.Value] = value
	}
	for _, key := range needed {
		if fields[key] == nil {
			return nil, At(n, fmt.Sprintf("the key %q is missing", key), "needed here: "+strings.Join(needed, ", "))
		}
	}
	return fields, nil
}

// List refuses what is no list, and one that is empty or too long.
func (f *File) List(n *yaml.Node, key string, most int) error {
	if err := f.Plain(n, yaml.SequenceNode); err != nil {
		return err
	}
	switch {
	case len(n.Content) == 0 && key == "identities":
		return At(n, "identities is empty", "name at least one identity, or leave the key out in a policy of keys")
	case len(n.Content) == 0:
		return At(n, key+" is empty", "leave the key out, or fill the list")
	case len(n.Content) > most:
		return At(n, fmt.Sprintf("%s: %d of them, at most %d are read", key, len(n.Content), most), "split the policy, or use patterns")
	}
	return nil
}

// Text returns a value that YAML, in any of its versions, reads as text.
func (f *File) Text(n *yaml.Node, key string) (string, error) {
	if err := f.Plain(n, yaml.ScalarNode); err != nil {
		return "", err
	}
	const unquoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle
	if n.ShortTag() != "!!str" || n.Style&unquoted == 0 && slices.Contains(oldBooleans, strings.ToLower(n.Value)) {
		what := fmt.Sprintf("%s: %q is not text to YAML", key, n.Value)
		if n.Value == "" {
			what = key + ": no value, or none but a comment"
		}
		return "", At(n, what, fmt.Sprintf("quote the value: %s: %s", key, Quote(n.Value)))
	}
	return n.Value, nil
}

// oldBooleans are values that YAML 1.1 reads as true or false, and YAML 1.2 as
// text.
var oldBooleans = []string{"yes", "no", "on", "off", "y", "n"}

// Texts returns a list of texts.
func (f *File) Texts(n *yaml.Node, key string) ([]string, error) {
	if err := f.List(n, key, MaxList); err != nil {
		return nil, err
	}
	var texts []string
	for _, item := range n.Content {
		text, err := f.Text(item, key)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func (f *File) TextInto(key string, into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) (err error) {
		*into, err = f.Text(n, key)
		return err
	}
}

func (f *File) TextsInto(key string, into *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) (err error) {
		*into, err = f.Texts(n, key)
		return err
	}
}

// TimeInto reads a time, which may stand in quotes or not.
func (f *File) TimeInto(key string, into *time.Time) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if err := f.Plain(n, yaml.ScalarNode); err != nil {
			return err
		}
		t, err := ParseTime(n.Value)
		if err != nil {
			return At(n, fmt.Sprintf("%s: %v", key, err), "write date, time and zone (RFC 3339): 2026-03-01T00:00:00Z or 2026-03-01T09:00:00+01:00")
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

// Plain refuses a node of another kind, and one that YAML lets mean more than
// what is written there.
func (f *File) Plain(n *yaml.Node, kind yaml.Kind) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return At(n, fmt.Sprintf("*%s is an alias to YAML", n.Value), "quote the value: "+Quote("*"+n.Value))
	case n.Anchor != "":
		return At(n, fmt.Sprintf("&%s is an anchor to YAML", n.Anchor), "quote the value, or remove the anchor")
	case n.Style&yaml.TaggedStyle != 0:
		return At(n, fmt.Sprintf("%s is a tag to YAML", n.Tag), "quote the value, or remove the tag")
	case n.Kind != kind:
		return At(n, kindNames[kind]+" is expected here", kindHints[kind])
	case kind == yaml.ScalarNode && !f.onOneLine(n):
		return At(n, "a value of several lines", "write the value on one line")
	}
	return nil
}

// onOneLine says whether all of a value stands in the line in which it begins,
// so that whoever reads or changes the file by lines sees all of it.
func (f *File) onOneLine(n *yaml.Node) bool {
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
func (f *File) from(n *yaml.Node) (string, bool) {
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
