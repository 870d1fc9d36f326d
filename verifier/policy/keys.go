package policy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/git-seal/git-seal/verifier/openpgp"
	"github.com/git-seal/git-seal/verifier/sshsig"
)

// maxKeyFiles bounds the key files that a policy names: more people than write
// to one repository, and each file is read whenever the policy is.
const maxKeyFiles = 1000

// Keys are the key files that a policy names for the schemes that are not
// ours.
type Keys struct {
	// OpenPGP are files of OpenPGP public keys.
	OpenPGP []OpenPGPFile
	// SSH is the name of a file of allowed signers; empty where there is none.
	SSH string
}

// OpenPGPFile is a file of OpenPGP public keys.
type OpenPGPFile struct {
	// Name is the file's, relative to the policy, with / between its parts.
	Name string
	// Committers are the e-mail addresses, beside those in the key's own names,
	// that the committer or tagger may have.
	Committers []string
}

func (k Keys) empty() bool { return len(k.OpenPGP) == 0 && k.SSH == "" }

func (k Keys) equal(other Keys) bool {
	same := func(a, b OpenPGPFile) bool { return a.Name == b.Name && slices.Equal(a.Committers, b.Committers) }
	return slices.EqualFunc(k.OpenPGP, other.OpenPGP, same) && k.SSH == other.SSH
}

// keySet is key files, named and then read.
type keySet struct {
	Forge   bool // the forge's own keys
	Named   Keys
	Openpgp []OpenPGPKey
	SSH     *sshsig.AllowedSigners
}

type OpenPGPKey struct {
	*openpgp.Key
	File *OpenPGPFile
}

// KeySets returns the keys, the forge's first: whoever else names one of those
// too has not made it a person's.
func (p *Policy) KeySets() []*keySet {
	return []*keySet{&p.forgeKeys, &p.SignerKeys}
}

// NamesOpenPGP reports whether the policy names an OpenPGP key. A nil policy names none.
func (p *Policy) NamesOpenPGP() bool {
	return p != nil && len(p.SignerKeys.Openpgp)+len(p.forgeKeys.Openpgp) > 0
}

// NamesSSH reports whether the policy names a file of allowed signers. A nil policy names none.
func (p *Policy) NamesSSH() bool {
	return p != nil && (p.SignerKeys.SSH != nil || p.forgeKeys.SSH != nil)
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
// among them. It has to be called before the policy judges, and once; until
// then, signatures by the policy's keys are unsupported. Errors are
// *PolicyError and say where the file is named.
func (p *Policy) ReadKeys(read func(name string) ([]byte, error)) error {
	p.forgeKeys.Forge = true
	files := make(map[string][]byte)
	load := func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return text, nil
		}
		text, err := read(name)
		if err == nil {
			files[name] = text
			p.keyFiles = append(p.keyFiles, KeyFile{name, sha256.Sum256(text)})
		}
		return text, err
	}
	for _, set := range []*keySet{&p.SignerKeys, &p.forgeKeys} {
		if name, err := set.load(load); err != nil {
			return p.keyFileError(name, err)
		}
	}
	return nil
}

// load reads the files of one set; where that fails it says which one.
func (k *keySet) load(read func(string) ([]byte, error)) (name string, err error) {
	for i := range k.Named.OpenPGP {
		file := &k.Named.OpenPGP[i]
		text, err := read(file.Name)
		if err != nil {
			return file.Name, err
		}
		keys, err := openpgp.ParseKeys(text)
		if err != nil {
			return file.Name, err
		}
		for _, key := range keys {
			k.Openpgp = append(k.Openpgp, OpenPGPKey{key, file})
		}
	}
	if k.Named.SSH == "" {
		return "", nil
	}
	text, err := read(k.Named.SSH)
	if err != nil {
		return k.Named.SSH, err
	}
	k.SSH, err = sshsig.ParseAllowedSigners(text)
	return k.Named.SSH, err
}

func (p *Policy) keyFileError(name string, err error) error {
	e := &Error{Source: p.source, Err: fmt.Errorf("key file %s: %w", name, err), Hint: "docs/policy.md says what a key file holds"}
	if errors.Is(err, fs.ErrNotExist) {
		e.Hint = "key files lie beside the policy, and are named from there"
	}
	if f, unread := readPolicyFile(p.text); unread == nil {
		if n := f.named(f.valueOf(f.root, "keys"), name); n != nil {
			e.Line, e.Column = n.Line, n.Column
		}
	}
	return e
}

// named finds the value in a node.
func (f *policyFile) named(n *yaml.Node, value string) *yaml.Node {
	if n.Kind == yaml.ScalarNode && n.Value == value {
		return n
	}
	for _, c := range n.Content {
		if found := f.named(c, value); found != nil {
			return found
		}
	}
	return nil
}

// parseKeys reads the part `keys`.
func (p *Policy) parseKeys(f *policyFile, n *yaml.Node) error {
	fields, err := f.mapping(n, nil, []string{"openpgp", "ssh", "forge"})
	if err != nil {
		return err
	}
	if len(fields) == 0 {
		return at(n, "keys is empty", "leave the key out, or name key files under openpgp or ssh")
	}
	if p.SignerKeys.Named, err = f.keyFiles(fields["openpgp"], fields["ssh"]); err != nil {
		return err
	}
	forge := fields["forge"]
	if forge == nil {
		return nil
	}
	if fields, err = f.mapping(forge, nil, []string{"openpgp", "ssh"}); err != nil {
		return err
	}
	if len(fields) == 0 {
		return at(forge, "forge is empty", "leave the key out, or name the forge's key files under openpgp or ssh")
	}
	p.forgeKeys.Named, err = f.keyFiles(fields["openpgp"], fields["ssh"])
	return err
}

// keyFiles reads the names under openpgp and ssh; either node may be nil.
func (f *policyFile) keyFiles(openPGP, ssh *yaml.Node) (keys Keys, err error) {
	if ssh != nil {
		if keys.SSH, err = f.fileName(ssh, "ssh"); err != nil {
			return keys, err
		}
	}
	if openPGP == nil {
		return keys, nil
	}
	if err := f.list(openPGP, "openpgp", maxKeyFiles); err != nil {
		return keys, err
	}
	for _, n := range openPGP.Content {
		file, err := f.openPGPFile(n)
		if err != nil {
			return keys, err
		}
		if slices.ContainsFunc(keys.OpenPGP, func(other OpenPGPFile) bool { return other.Name == file.Name }) {
			return keys, at(n, fmt.Sprintf("%q stands here for the second time", file.Name), "keep one of the two")
		}
		keys.OpenPGP = append(keys.OpenPGP, file)
	}
	return keys, nil
}

// openPGPFile reads the name of a key file, or a mapping with it and committers.
func (f *policyFile) openPGPFile(n *yaml.Node) (file OpenPGPFile, err error) {
	if n.Kind != yaml.MappingNode {
		file.Name, err = f.fileName(n, "openpgp")
		return file, err
	}
	fields, err := f.mapping(n, []string{"file"}, []string{"committers"})
	if err != nil {
		return file, err
	}
	if file.Name, err = f.fileName(fields["file"], "file"); err != nil || fields["committers"] == nil {
		return file, err
	}
	if file.Committers, err = f.texts(fields["committers"], "committers"); err != nil {
		return file, err
	}
	for i, c := range file.Committers {
		if err := checkAddress(c); err != nil {
			return file, at(fields["committers"].Content[i], "committers: "+err.Error(), fieldHints["committers"])
		}
	}
	return file, nil
}

// fileName reads the name of a file beside the policy.
func (f *policyFile) fileName(n *yaml.Node, key string) (string, error) {
	name, err := f.text(n, key)
	if err != nil {
		return "", err
	}
	if err := checkFileName(name); err != nil {
		return "", at(n, key+": "+err.Error(), "name a file beside the policy or below it: keys/ana.asc")
	}
	return name, nil
}

// checkFileName refuses names that lead away from the policy: a policy in a
// commit must not reach for other files than that commit's, nor one on disk for
// those of somebody else.
func checkFileName(name string) error {
	if err := checkText(name); err != nil {
		return err
	}
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `\:`) {
		return fmt.Errorf("%q is not the name of a file at or below the policy", name)
	}
	return nil
}
