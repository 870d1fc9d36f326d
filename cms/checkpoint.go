package cms

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode"
)

// checkpoint is what the note of a log says of its tree (C2SP tlog-checkpoint);
// its signature is for others to verify.
type checkpoint struct {
	rekorV1 bool
	size    int64
	root    []byte
}

// parseCheckpoint reads a checkpoint with exactly one signature line, by the
// log that its origin names. A second one would be octets that no check here
// or in a verifier without its key covers.
func parseCheckpoint(note string) (*checkpoint, error) {
	const field = ".inclusion_proof.checkpoint"
	if note == "" || len(note) > maxCheckpoint {
		return nil, logEntryMalformed(field, "%d bytes, want 1 to %d", len(note), maxCheckpoint)
	}
	text, signatures, ok := strings.Cut(note, "\n\n")
	lines := strings.Split(text, "\n")
	if !ok || len(lines) < 3 {
		return nil, logEntryMalformed(field, "not a signed note of three lines or more")
	}
	name, v1 := logName(lines[0])
	if name == "" {
		return nil, logEntryUnsupported(field, "origin %q is neither Rekor v1's nor v2's", lines[0])
	}
	c := &checkpoint{rekorV1: v1}
	var err error
	if c.size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.size <= 0 || strconv.FormatInt(c.size, 10) != lines[1] {
		return nil, logEntryMalformed(field, "tree size %q", lines[1])
	}
	if c.root, err = canonicalBase64(lines[2]); err != nil || len(c.root) != hashSize {
		return nil, logEntryMalformed(field, "root hash %q", lines[2])
	}
	line, ok := strings.CutSuffix(signatures, "\n")
	if !ok {
		return nil, logEntryMalformed(field, "signature line without an end")
	}
	if strings.Contains(line, "\n") {
		return nil, logEntryUnsupported(field, "more than one signature line")
	}
	sig, ok := strings.CutPrefix(line, "\u2014 "+name+" ")
	if !ok {
		return nil, logEntryMalformed(field, "signature line is not by %q", name)
	}
	// Four octets name the key.
	if b, err := canonicalBase64(sig); err != nil || len(b) <= 4 {
		return nil, logEntryMalformed(field, "signature is not canonical base64")
	}
	return c, nil
}

// logName returns the name in a checkpoint's origin, "" when the origin is of
// neither form, and whether the form is Rekor v1's: a name and a tree id.
func logName(origin string) (name string, v1 bool) {
	name, tree, v1 := strings.Cut(origin, " - ")
	if v1 && (tree == "" || strings.Trim(tree, "0123456789") != "") {
		return "", false
	}
	if strings.ContainsFunc(name, unicode.IsSpace) || strings.Contains(name, "+") {
		return "", false
	}
	return name, v1
}

// canonicalBase64 decodes the one spelling of standard base64.
func canonicalBase64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err == nil && strings.ContainsAny(s, "\r\n") {
		err = base64.CorruptInputError(strings.IndexAny(s, "\r\n"))
	}
	return b, err
}
