package policy

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/git-seal/git-seal/verifier/policy/strictyaml"
)

// parseKeys reads the part `keys`.
func (p *Policy) parseKeys(f *strictyaml.File, n *yaml.Node) error {
	fields, err := f.Mapping(n, nil, []string{"openpgp", "ssh", "forge"})
	if err != nil {
		return err
	}
	if len(fields) == 0 {
		return strictyaml.At(n, "keys is empty", "leave the key out, or name key files under openpgp or ssh")
	}
	if p.SignerKeys.Named, err = keyFiles(f, fields["openpgp"], fields["ssh"]); err != nil {
		return err
	}
	forge := fields["forge"]
	if forge == nil {
		return nil
	}
	if fields, err = f.Mapping(forge, nil, []string{"openpgp", "ssh"}); err != nil {
		return err
	}
	if len(fields) == 0 {
		return strictyaml.At(forge, "forge is empty", "leave the key out, or name the forge's key files under openpgp or ssh")
	}
	p.forgeKeys.Named, err = keyFiles(f, fields["openpgp"], fields["ssh"])
	return err
}

// keyFiles reads the names under openpgp and ssh; either node may be nil.
func keyFiles(f *strictyaml.File, openPGP, ssh *yaml.Node) (keys Keys, err error) {
	if ssh != nil {
		if keys.SSH, err = sshFile(f, ssh); err != nil {
			return keys, err
		}
	}
	if openPGP == nil {
		return keys, nil
	}
	if err := f.List(openPGP, "openpgp", maxKeyFiles); err != nil {
		return keys, err
	}
	for _, n := range openPGP.Content {
		file, err := openPGPFile(f, n)
		if err != nil {
			return keys, err
		}
		if slices.ContainsFunc(keys.OpenPGP, func(other OpenPGPFile) bool { return other.Name == file.Name }) {
			return keys, strictyaml.At(n, fmt.Sprintf("duplicate file %q", file.Name), "keep one of the two")
		}
		keys.OpenPGP = append(keys.OpenPGP, file)
	}
	return keys, nil
}

// openPGPFile reads the name of a key file, or a mapping with it and committers.
func openPGPFile(f *strictyaml.File, n *yaml.Node) (file OpenPGPFile, err error) {
	if n.Kind != yaml.MappingNode {
		file.Name, err = fileName(f, n, "openpgp")
		return file, err
	}
	fields, err := f.Mapping(n, []string{"file"}, []string{"committers"})
	if err != nil {
		return file, err
	}
	if file.Name, err = fileName(f, fields["file"], "file"); err != nil || fields["committers"] == nil {
		return file, err
	}
	file.Committers, err = addresses(f, fields["committers"])
	return file, err
}

// addresses reads a list of committers.
func addresses(f *strictyaml.File, n *yaml.Node) ([]string, error) {
	committers, err := f.Texts(n, "committers")
	if err != nil {
		return nil, err
	}
	for i, c := range committers {
		if err := checkAddress(c); err != nil {
			return nil, strictyaml.At(n.Content[i], "committers: "+err.Error(), fieldHints["committers"])
		}
	}
	return committers, nil
}

// sshFile reads the name of a file of allowed signers, or a mapping with it and
// what else it takes to sign.
func sshFile(f *strictyaml.File, n *yaml.Node) (file SSHFile, err error) {
	if n.Kind != yaml.MappingNode {
		file.Name, err = fileName(f, n, "ssh")
		return file, err
	}
	fields, err := f.Mapping(n, []string{"file"}, []string{"touch", "committers"})
	if err != nil {
		return file, err
	}
	if file.Name, err = fileName(f, fields["file"], "file"); err != nil {
		return file, err
	}
	if touch := fields["touch"]; touch != nil {
		word, err := f.Text(touch, "touch")
		if err != nil {
			return file, err
		}
		if file.TouchRequired = word == "required"; !file.TouchRequired {
			return file, strictyaml.At(touch, fmt.Sprintf("touch is %q", word), "write `touch: required`, or leave the key out")
		}
	}
	if fields["committers"] != nil {
		file.Committers, err = principals(f, fields["committers"])
	}
	return file, err
}

// principals reads a mapping of principals to committers.
func principals(f *strictyaml.File, n *yaml.Node) (map[string][]string, error) {
	if err := f.Plain(n, yaml.MappingNode); err != nil {
		return nil, err
	}
	const hint = "write a principal of the file with its addresses: {ana: [ana@example.com]}"
	switch {
	case len(n.Content) == 0:
		return nil, strictyaml.At(n, "committers is empty", "leave the key out, or "+hint)
	case len(n.Content)/2 > maxPrincipals:
		return nil, strictyaml.At(n, fmt.Sprintf("committers: %d principals; at most %d are read", len(n.Content)/2, maxPrincipals), "write addresses as principals into the file itself")
	}
	committers := make(map[string][]string)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		name, err := f.Text(key, "committers")
		if err != nil {
			return nil, err
		}
		if err := checkText(name); err != nil || strings.ContainsAny(name, "*?!,\"") {
			return nil, strictyaml.At(key, fmt.Sprintf("committers: %q is not one principal", name), hint)
		}
		if committers[name] != nil {
			return nil, strictyaml.At(key, fmt.Sprintf("duplicate key %q", name), "keep one of the two")
		}
		if committers[name], err = addresses(f, n.Content[i+1]); err != nil {
			return nil, err
		}
	}
	return committers, nil
}

// fileName reads the name of a file beside the policy.
func fileName(f *strictyaml.File, n *yaml.Node, key string) (string, error) {
	name, err := f.Text(n, key)
	if err != nil {
		return "", err
	}
	if err := checkFileName(name); err != nil {
		return "", strictyaml.At(n, key+": "+err.Error(), "name a file beside the policy or below it: keys/ana.asc")
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
