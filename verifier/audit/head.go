package audit

import (
	"encoding/hex"

	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// DescribePolicy says by which policy and key files something is judged, and what
// names the policy. Of a nil policy it is nil.
func DescribePolicy(p *policy.Policy, from string) *Policy {
	if p == nil {
		return nil
	}
	digest := p.Digest()
	d := &Policy{Source: p.Source(), From: from, SHA256: hex.EncodeToString(digest[:])}
	for _, k := range p.KeyFiles() {
		d.Keys = append(d.Keys, KeyFile{Name: k.Name, SHA256: hex.EncodeToString(k.SHA256[:])})
	}
	return d
}

// DescribeRoots says by which trusted roots something is judged.
func DescribeRoots(roots []*trust.Root) []TrustedRoot {
	var d []TrustedRoot
	for _, r := range roots {
		d = append(d, TrustedRoot{Name: r.Name, From: r.Source, SHA256: hex.EncodeToString(r.Digest[:])})
	}
	return d
}
