package policy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/git-seal/git-seal/verifier/openpgp"
	"github.com/git-seal/git-seal/verifier/policy/strictyaml"
	"github.com/git-seal/git-seal/verifier/sshsig"
)

const (
	// maxKeyFiles bounds the key files that a policy names: more people than
	// write to one repository, and each file is read whenever the policy is.
	maxKeyFiles = 1000
	// maxPrincipals bounds the principals of a file of allowed signers that have
	// committers in the policy: each is looked for in each line.
	maxPrincipals = 1000
)

// Keys are the key files that a policy names for OpenPGP and SSH signatures.
type Keys struct {
	// OpenPGP are files of OpenPGP public keys.
	OpenPGP []OpenPGPFile
	// SSH is the file of allowed signers. Its name is empty if there is none.
	SSH SSHFile
}

// OpenPGPFile is a file of OpenPGP public keys.
type OpenPGPFile struct {
	// Name is the file's, relative to the policy, with / between its parts.
	Name string
	// Committers are the e-mail addresses, besides those in the key's own names,
	// that the committer or tagger may have.
	Committers []string
}

// SSHFile is a file of allowed signers.
type SSHFile struct {
	// Name is the file's, relative to the policy, with / between its parts.
	Name string
	// TouchRequired says that only signatures by security keys count, and only
	// those that say that somebody touched the key.
	TouchRequired bool
	// Committers are the e-mail addresses, besides the principal's own, that the
	// committer or tagger may have, by principal.
	Committers map[string][]string
}

func (k Keys) empty() bool { return len(k.OpenPGP) == 0 && k.SSH.Name == "" }

func (k Keys) equal(other Keys) bool {
	same := func(a, b OpenPGPFile) bool { return a.Name == b.Name && slices.Equal(a.Committers, b.Committers) }
	return slices.EqualFunc(k.OpenPGP, other.OpenPGP, same) && k.SSH.equal(other.SSH)
}

func (f SSHFile) equal(other SSHFile) bool {
	return f.Name == other.Name && f.TouchRequired == other.TouchRequired && maps.EqualFunc(f.Committers, other.Committers, slices.Equal)
}

// Principals returns the names by which the file may allow an address: the
// address itself, and the principals that have it among their committers.
func (f SSHFile) Principals(address string) []string {
	if address == "" {
		return nil
	}
	principals := []string{address}
	for _, name := range slices.Sorted(maps.Keys(f.Committers)) {
		if slices.ContainsFunc(f.Committers[name], func(c string) bool { return FoldAddress(c) == FoldAddress(address) }) {
			principals = append(principals, name)
		}
	}
	return principals
}

// keySet is the key files of signers, or of the forge.
type keySet struct {
	Named Keys
	ssh   *sshsig.AllowedSigners
}

// KeyWarning says what was passed over in a key file.
type KeyWarning struct {
	File string
	// Line is the line in a file of allowed signers, from 1; otherwise zero.
	Line   int
	Reason string
	// Refused says that the whole file was: signatures that may be by its keys
	// are undecided.
	Refused bool
}

func (w KeyWarning) String() string {
	where := w.File
	if w.Line > 0 {
		where = fmt.Sprintf("%s, line %d", w.File, w.Line)
	}
	if w.Refused {
		return "key file " + where + " is refused: " + w.Reason
	}
	return "key file " + where + ": " + w.Reason
}

// KeyWarnings returns what was passed over in the key files, and the files that
// were refused.
func (p *Policy) KeyWarnings() []KeyWarning { return slices.Clone(p.keyWarnings) }

// OpenPGPKeys returns the keys of all OpenPGP files, the forge's too. It is nil
// if the policy names none, or is nil.
func (p *Policy) OpenPGPKeys() *openpgp.Keyring {
	if p == nil {
		return nil
	}
	return p.openPGP
}

// OpenPGPFile returns the file by which a key counts that is in the files with
// these names, and whether it is the forge's: a key that is in one of the forge's
// files is the forge's, whatever other file has it. The committers are those of
// all such files.
func (p *Policy) OpenPGPFile(names []string) (file OpenPGPFile, forge bool) {
	for _, set := range []*keySet{&p.forgeKeys, &p.SignerKeys} {
		for _, f := range set.Named.OpenPGP {
			if !slices.Contains(names, f.Name) {
				continue
			}
			if file.Name == "" {
				file.Name = f.Name
			}
			file.Committers = append(file.Committers, f.Committers...)
		}
		if file.Name != "" {
			return file, set == &p.forgeKeys
		}
	}
	return file, false
}

// AllowedSigners is a file of allowed signers and whose it is.
type AllowedSigners struct {
	*sshsig.AllowedSigners
	File  SSHFile
	Forge bool
}

// AllowedSigners returns the files of allowed signers that could be read, the
// forge's first: a key in it is the forge's, whatever other file has it.
func (p *Policy) AllowedSigners() []AllowedSigners {
	var files []AllowedSigners
	if p == nil {
		return nil
	}
	for _, set := range []*keySet{&p.forgeKeys, &p.SignerKeys} {
		if set.ssh != nil {
			files = append(files, AllowedSigners{set.ssh, set.Named.SSH, set == &p.forgeKeys})
		}
	}
	return files
}

// NamesSSH reports whether the policy's file of allowed signers was read, or
// refused. A nil policy has none.
func (p *Policy) NamesSSH() bool {
	_, refused := p.RefusedSSH()
	return refused || len(p.AllowedSigners()) > 0
}

// RefusedSSH returns the warning of a file of allowed signers that was refused.
func (p *Policy) RefusedSSH() (w KeyWarning, refused bool) {
	if p == nil {
		return w, false
	}
	for _, w := range p.keyWarnings {
		if w.Refused && (w.File == p.SignerKeys.Named.SSH.Name || w.File == p.forgeKeys.Named.SSH.Name) {
			return w, true
		}
	}
	return w, false
}

// Keys returns the key files by which whoever holds a key in them may sign.
func (p *Policy) Keys() Keys { return p.SignerKeys.Named }

// ForgeKeys returns the files with the forge's own keys, which sign what the
// policy's history lets a forge do, and nothing else.
func (p *Policy) ForgeKeys() Keys { return p.forgeKeys.Named }

// KeyFile is a key file that was read.
type KeyFile struct {
	Name   string
	SHA256 [sha256.Size]byte
}

// KeyFiles returns the key files that were read, in the order of the policy's
// text: they judge as the policy itself does, and reports say which they were.
func (p *Policy) KeyFiles() []KeyFile { return slices.Clone(p.keyFiles) }

// ReadKeys reads the policy's key files with read, which gets each name as the
// policy has it: relative, with / between its parts, and without "." and ".."
// among them. It must be called before the policy judges, and once; until then,
// signatures by the policy's keys are unsupported. A file that read cannot return
// is an *Error that says where the policy names it. What a file holds is no
// reason for one: KeyWarnings says what was passed over or refused.
func (p *Policy) ReadKeys(read func(name string) ([]byte, error)) error {
	files := make(map[string][]byte)
	load := func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return text, nil
		}
		text, err := read(name)
		if err != nil {
			return nil, p.keyFileError(name, err)
		}
		files[name] = text
		p.keyFiles = append(p.keyFiles, KeyFile{name, sha256.Sum256(text)})
		return text, nil
	}
	var keyrings []openpgp.File
	for _, set := range []*keySet{&p.SignerKeys, &p.forgeKeys} {
		for _, f := range set.Named.OpenPGP {
			text, err := load(f.Name)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(keyrings, func(other openpgp.File) bool { return other.Name == f.Name }) {
				keyrings = append(keyrings, openpgp.File{Name: f.Name, Text: text})
			}
		}
		if set.Named.SSH.Name == "" {
			continue
		}
		text, err := load(set.Named.SSH.Name)
		if err != nil {
			return err
		}
		p.parseAllowedSigners(set, text)
	}
	if len(keyrings) == 0 {
		return nil
	}
	p.openPGP = openpgp.ParseKeyring(keyrings)
	for _, w := range p.openPGP.Warnings() {
		p.keyWarnings = append(p.keyWarnings, KeyWarning{File: w.File, Reason: w.Reason, Refused: w.Refused})
	}
	return nil
}

// parseAllowedSigners reads the text of a file of allowed signers.
func (p *Policy) parseAllowedSigners(set *keySet, text []byte) {
	file := set.Named.SSH
	signers, err := sshsig.ParseAllowedSigners(text)
	if err != nil {
		p.keyWarnings = append(p.keyWarnings, KeyWarning{File: file.Name, Reason: err.Error(), Refused: true})
		return
	}
	set.ssh = signers
	for _, w := range signers.Warnings() {
		p.keyWarnings = append(p.keyWarnings, KeyWarning{File: file.Name, Line: w.Line, Reason: w.Reason})
	}
	for _, name := range slices.Sorted(maps.Keys(file.Committers)) {
		if !slices.ContainsFunc(signers.Signers(), func(s *sshsig.Signer) bool { return s.Names(name) }) {
			p.keyWarnings = append(p.keyWarnings, KeyWarning{File: file.Name, Reason: fmt.Sprintf("no line has the principal %q, for which the policy has committers", name)})
		}
	}
}

func (p *Policy) keyFileError(name string, err error) error {
	e := &strictyaml.Error{Source: p.source, Err: fmt.Errorf("key file %s: %w", name, err), Hint: "docs/policy.md says where key files are"}
	if errors.Is(err, fs.ErrNotExist) {
		e.Hint = "key files are next to the policy or below it, and named relative to it"
	}
	if f, unread := strictyaml.Read(p.text); unread == nil {
		if n := named(f, f.ValueOf(f.Root, "keys"), name); n != nil {
			e.Line, e.Column = n.Line, n.Column
		}
	}
	return e
}

// named finds the value in a node.
func named(f *strictyaml.File, n *yaml.Node, value string) *yaml.Node {
	if n.Kind == yaml.ScalarNode && n.Value == value {
		return n
	}
	for _, c := range n.Content {
		if found := named(f, c, value); found != nil {
			return found
		}
	}
	return nil
}
