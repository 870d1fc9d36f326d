package policy

import (
	"fmt"
	"slices"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier/openpgp"
)

// Holder returns who other than a signer has an e-mail address in the policy, in
// words for people, and nothing if no one has: by a rule whose subject or
// committers match it, or by a name, a principal or committers of a key file. The
// key files must have been read. It is for deciding that an address is not given
// to the signer, so that names count whose keys have expired.
func (p *Policy) Holder(address string, signer fulcio.CertificateIdentity) string {
	same := func(other string) bool { return FoldAddress(other) == FoldAddress(address) }
	if address == "" || signer.Kind == fulcio.Email && same(signer.SubjectAlternativeName) {
		return ""
	}
	named := fulcio.CertificateIdentity{SubjectAlternativeName: address, Kind: fulcio.KindOf(address)}
	for i := range p.Rules {
		r := &p.Rules[i]
		own := r.signer.pattern == nil && r.signer.names(signer) && r.signer.vouched(signer)
		if r.signer.names(named) || !own && slices.ContainsFunc(r.Committers, same) {
			return fmt.Sprintf("the rule %q", r.Name)
		}
	}
	for _, set := range []*keySet{&p.SignerKeys, &p.forgeKeys} {
		for _, f := range set.Named.OpenPGP {
			if slices.ContainsFunc(f.Committers, same) {
				return "the committers of the key file " + f.Name
			}
		}
		for _, name := range set.Named.SSH.Principals(address) {
			if name != address {
				return fmt.Sprintf("the principal %q of the key file %s", name, set.Named.SSH.Name)
			}
		}
		if set.ssh == nil {
			continue
		}
		for _, s := range set.ssh.Signers() {
			if s.Names(address) {
				return fmt.Sprintf("line %d of the key file %s", s.Line, set.Named.SSH.Name)
			}
		}
	}
	if p.openPGP == nil {
		return ""
	}
	for _, k := range p.openPGP.Keys() {
		if slices.ContainsFunc(k.Names(), func(id string) bool { return same(openpgp.Address(id)) }) {
			return "the OpenPGP key " + k.Fingerprint()
		}
	}
	return ""
}
