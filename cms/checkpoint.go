package cms

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode"
)

// Checkpoint is a log's statement of its tree (C2SP tlog-checkpoint) in a signed
// note (C2SP signed-note), in the form of docs/format.md §4.1. Whether any of its
// signatures verifies is for the caller to check.
type Checkpoint struct {
	// Text is what is signed, with its final newline.
	Text string
	// Origin is the first line of it, and Name the log's name in that: the name
	// under which the log signs.
	Origin, Name string
	// RekorV1 says that the origin is of Rekor v1's form: a name and a tree.
	RekorV1 bool

	TreeSize int64
	RootHash []byte

	// Signatures are all signature lines, in their order: at least one of them is
	// under Name. No signature covers these lines.
	Signatures []NoteSignature
}

// NoteSignature is one signature line of a signed note.
type NoteSignature struct {
	Name      string // of the key's owner
	KeyHash   uint32 // which key of that name
	Signature []byte
}

// ParseCheckpoint parses a checkpoint. What is not this syntax is a
// *MalformedError, an origin of another kind of log an *UnsupportedError.
func ParseCheckpoint(note string) (*Checkpoint, error) {
	if note == "" || len(note) > maxCheckpoint {
		return nil, checkpointMalformed("%d bytes, want 1 to %d", len(note), maxCheckpoint)
	}
	text, signatures, ok := strings.Cut(note, "\n\n")
	lines := strings.Split(text, "\n")
	if !ok || len(lines) < 3 {
		return nil, checkpointMalformed("not a signed note of three lines or more")
	}
	c := &Checkpoint{Text: text + "\n", Origin: lines[0]}
	if c.Name, c.RekorV1 = logName(c.Origin); c.Name == "" {
		return nil, logEntryUnsupported(checkpointField, "origin %q is neither Rekor v1's nor v2's", c.Origin)
	}
	var err error
	if c.TreeSize, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.TreeSize <= 0 || strconv.FormatInt(c.TreeSize, 10) != lines[1] {
		return nil, checkpointMalformed("tree size %q", lines[1])
	}
	if c.RootHash, err = canonicalBase64(lines[2]); err != nil || len(c.RootHash) != hashSize {
		return nil, checkpointMalformed("root hash %q", lines[2])
	}
	return c, c.parseSignatures(signatures)
}

// parseSignatures reads the signature lines.
func (c *Checkpoint) parseSignatures(lines string) error {
	own := false
	seen := make(map[string]bool)
	for line := range strings.Lines(lines) {
		if len(c.Signatures) == maxNoteSignatures {
			return logEntryUnsupported(checkpointField, "more than %d signature lines", maxNoteSignatures)
		}
		s, err := parseNoteSignature(line)
		if err != nil {
			return err
		}
		if seen[line] {
			return checkpointMalformed("the same signature line twice")
		}
		seen[line] = true
		own = own || s.Name == c.Name
		c.Signatures = append(c.Signatures, s)
	}
	if !own {
		return checkpointMalformed("no signature line is by %q", c.Name)
	}
	return nil
}

// parseNoteSignature reads a signature line with its newline: a dash, a name,
// and in base64 the four octets that name the key and the signature.
func parseNoteSignature(line string) (s NoteSignature, err error) {
	line, ended := strings.CutSuffix(line, "\n")
	line, dash := strings.CutPrefix(line, "\u2014 ")
	if !ended || !dash {
		return s, checkpointMalformed("not a signature line")
	}
	name, sig, _ := strings.Cut(line, " ")
	if !isKeyName(name) {
		return s, checkpointMalformed("signature line without a name")
	}
	b, err := canonicalBase64(sig)
	if err != nil || len(b) <= 4 {
		return s, checkpointMalformed("signature is not canonical base64")
	}
	return NoteSignature{Name: name, KeyHash: binary.BigEndian.Uint32(b), Signature: b[4:]}, nil
}

const checkpointField = ".inclusion_proof.checkpoint"

func checkpointMalformed(format string, args ...any) error {
	return logEntryMalformed(checkpointField, format, args...)
}

// logName returns the name in a checkpoint's origin, "" when the origin is of
// neither form, and whether the form is Rekor v1's: a name and a tree id.
func logName(origin string) (name string, v1 bool) {
	name, tree, v1 := strings.Cut(origin, " - ")
	if v1 && (tree == "" || strings.Trim(tree, "0123456789") != "") {
		return "", false
	}
	if !isKeyName(name) {
		return "", false
	}
	return name, v1
}

// isKeyName reports whether name can be that of a key (C2SP signed-note): it is
// not empty and has no white space and no plus sign.
func isKeyName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, unicode.IsSpace) && !strings.Contains(name, "+")
}

// canonicalBase64 decodes the one spelling of standard base64.
func canonicalBase64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err == nil && strings.ContainsAny(s, "\r\n") {
		err = base64.CorruptInputError(strings.IndexAny(s, "\r\n"))
	}
	return b, err
}
