// Package evidence keeps an audit for others: an archive with what was judged and
// by what, from which anyone can make the audit again, without the repository and
// without believing whoever made it. docs/audit.md describes the form.
//
// An archive proves the objects in it, by their ids and signatures. It does not
// prove what merging the parents of a merge gives, nor which commits changed the
// policy: an audit of it leaves the one unknown, and says that it does not know the
// other.
package evidence

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/git-seal/git-seal/git"
)

// version is the form of the archive.
const version = 1

// The names in an archive, in their order: what judges, then what is judged.
const (
	headName   = "evidence.json"
	rootName   = "trusted-root-%d.json"
	policyName = "policy.yaml"
	keyName    = "key-%d"
	tagsDir    = "tags/"    // and the id: a tag as git stores it
	commitsDir = "commits/" // and the id: a commit as git stores it
	missingDir = "missing/" // and the id: why there was nothing to store
)

// Caps on what is read of an archive, which may come from anyone, and so on what
// is written. Tags and commits have git.MaxObjectSize.
const (
	maxHead   = 64 << 20  // refs: half a million of them
	maxRoot   = 4 << 20   // the public instance's has 7 kB
	maxPolicy = 1 << 20   // what a person keeps by hand
	maxKey    = 4 << 20   // more than package policy accepts
	maxKept   = 512 << 20 // of all of this, which is held in memory
	maxLost   = 64 << 10  // a reason
	maxRoots  = 64        // more instances than anyone trusts
	maxKeys   = 1000      // as many as a policy may name
	maxValues = 4 << 20   // in the head: each takes memory, however short it is
)

// head says what was judged and by what. Its JSON has one form.
type head struct {
	Version     int              `json:"version"`
	Format      git.ObjectFormat `json:"objectFormat"`
	Ranges      []rawText        `json:"ranges"`
	FirstParent bool             `json:"firstParent,omitempty"`
	NoMerges    bool             `json:"noMerges,omitempty"`
	Tips        []tip            `json:"tips"`
	Roots       []root           `json:"trustedRoots"`
	Policy      *rules           `json:"policy"`
}

// tip is where the audit began, or what it left out.
type tip struct {
	Name     rawText        `json:"name"`
	Ref      rawText        `json:"ref,omitempty"`
	ID       string         `json:"id"`
	Type     git.ObjectType `json:"type"`
	Excluded bool           `json:"excluded,omitempty"`
}

// root is where a trusted root came from that is in the archive.
type root struct {
	Name   string `json:"name"`
	Source string `json:"source"`
}

// rules is where the policy and its key files came from.
type rules struct {
	Source   string   `json:"source"`
	From     string   `json:"from"`
	Keys     []string `json:"keys,omitempty"`
	Supplier *commit  `json:"commit,omitempty"` // that the policy is in
}

type commit struct {
	ID      string `json:"id"`
	Payload []byte `json:"payload"`
	Pinned  bool   `json:"pinned,omitempty"`
}

// loss is why there is nothing of an object.
type loss struct {
	Type   git.ObjectType `json:"type"`
	Reason string         `json:"reason"`
}

// entryHeader is the one form of a header. It has no time and no owner, so that
// the same audit gives the same bytes.
func entryHeader(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
}

// marshal returns the one form of a value.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// unmarshal reads a value in its one form: what encoding it again gives. Keys in
// other cases, keys that appear twice and unknown keys are refused.
func unmarshal(text []byte, v any) error {
	if bytes.Count(text, []byte(",")) > maxValues {
		return errors.New("too many values")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	again, err := marshal(v)
	if err == nil && !bytes.Equal(again, text) {
		err = errors.New("not in the form in which git-seal writes it")
	}
	return err
}

// rawText is a ref's name, byte by byte. In JSON it is text or, where it is not
// UTF-8, which text would not keep, an object with the bytes in base64.
type rawText string

type rawBytes struct {
	Base64 []byte `json:"base64"`
}

func (t rawText) MarshalJSON() ([]byte, error) {
	var v any = string(t)
	if !utf8.ValidString(string(t)) {
		v = rawBytes{[]byte(t)}
	}
	text, err := marshal(v)
	return bytes.TrimSuffix(text, []byte("\n")), err
}

func (t *rawText) UnmarshalJSON(text []byte) error {
	if text[0] != '{' {
		return json.Unmarshal(text, (*string)(t))
	}
	var raw rawBytes
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*t = rawText(raw.Base64)
	return nil
}

// readAtMost reads a stream that may hold at most limit bytes.
func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return b, err
}
