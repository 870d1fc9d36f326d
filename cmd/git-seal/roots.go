package main

import (
	"bytes"
	"errors"
	"io/fs"

	"github.com/git-seal/git-seal/verifier/trust"
)

// maxTrustedRoot bounds a trusted root's file; the public-good instance's has
// some 7 kB.
const maxTrustedRoot = 4 << 20

// trustedRoots loads what seal.trustedRoot names, or the public-good
// instance's root where it names nothing.
func trustedRoots(vals values, trees []string) ([]*trust.Root, error) {
	if len(vals[settingTrustedRoot]) == 0 {
		return []*trust.Root{trust.PublicGood()}, nil
	}
	var roots []*trust.Root
	for _, v := range vals[settingTrustedRoot] {
		root, err := loadRoot(v, trees)
		if err != nil {
			return nil, err
		}
		roots = append(roots, root)
	}
	return roots, nil
}

func loadRoot(v value, trees []string) (*trust.Root, error) {
	if err := outside(v, trees); err != nil {
		return nil, fail(exitUnknown, "trusted root (%s): %w", v.Source, err).withHint("keep the trusted root outside the work tree")
	}
	text, err := readFileMax(v.Text, maxTrustedRoot)
	if err != nil {
		f := fail(exitUnknown, "trusted root (%s): %w", v.Source, err)
		if errors.Is(err, fs.ErrNotExist) {
			f.hint = "git seal init --trusted-root FILE names another file"
		}
		return nil, f
	}
	root, err := trust.ParseRoot(v.Text, v.Source, text)
	if err != nil {
		return nil, fail(exitUnknown, "%s (%s): %w", v.Text, v.Source, err).withHint("%s", fetchHint("trusted_root.json", text))
	}
	return root, nil
}

// fetchHint says what to do about one of an instance's files that does not
// parse.
func fetchHint(name string, text []byte) string {
	hint := "fetch the instance's " + name + " anew"
	if len(bytes.TrimSpace(text)) == 0 {
		return "the file is empty; " + hint
	}
	return hint
}
