package gpg

import (
	"crypto/x509"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier"
)

// sigStatus is the status line and the trust that git gets for a verdict.
type sigStatus struct {
	sig   string // GOODSIG, BADSIG, REVKEYSIG or ERRSIG
	trust string // FULLY, UNDEFINED or NEVER
}

// statusOf returns what git gets for a verdict. Git's letter (%G?) comes from sig;
// merge --verify-signatures and gpg.minTrustLevel use trust. A server that receives a
// push certificate sees only the letter, so there only a signature that the policy
// allows may look good.
func statusOf(v verifier.Verdict, policy, pushed bool) sigStatus {
	stranger := "UNDEFINED"
	if policy {
		stranger = "NEVER"
	}
	switch {
	case v == verifier.Good:
		return sigStatus{"GOODSIG", "FULLY"}
	case v == verifier.Bad:
		return sigStatus{"BADSIG", "NEVER"}
	case pushed && v != verifier.Unknown:
		return sigStatus{"ERRSIG", stranger}
	case v == verifier.Untrusted, v == verifier.Unproven:
		return sigStatus{"GOODSIG", stranger}
	case v == verifier.Revoked:
		return sigStatus{"REVKEYSIG", "NEVER"}
	}
	return sigStatus{"ERRSIG", "UNDEFINED"}
}

// noIdentity is the user ID if no certificate could be read: git would take the next
// line for an empty one.
const noIdentity = "unknown"

// writeStatus writes the lines after NEWSIG.
func writeStatus(w *StatusWriter, s sigStatus, r *verifier.Result) {
	fpr, uid := fulcio.Fingerprint(r.Certificate), r.Identity.SubjectAlternativeName
	if uid == "" {
		uid = noIdentity
	}
	pubkey, hash := algorithms(r.Certificate)
	switch s.sig {
	case "GOODSIG":
		w.GoodSig(fpr, uid)
		w.ValidSig(ValidSig{Fingerprint: fpr, Created: r.SignedAt, PubkeyAlgo: pubkey, HashAlgo: hash})
	case "BADSIG":
		w.BadSig(fpr, uid)
	case "REVKEYSIG":
		w.RevKeySig(fpr, uid)
	default:
		w.ErrSig(ErrSig{Fingerprint: fpr, PubkeyAlgo: pubkey, HashAlgo: hash, Time: r.SignedAt, Code: 9})
	}
	switch s.trust {
	case "FULLY":
		w.TrustFully()
	case "NEVER":
		w.TrustNever()
	default:
		w.TrustUndefined()
	}
}

// algorithms are the OpenPGP numbers of the signature's algorithms, 0 where
// they are not known.
func algorithms(cert *x509.Certificate) (pubkey, hash int) {
	if cert == nil {
		return 0, 0
	}
	switch cert.PublicKeyAlgorithm {
	case x509.ECDSA:
		pubkey = PubkeyECDSA
	case x509.RSA:
		pubkey = PubkeyRSA
	case x509.Ed25519:
		pubkey = PubkeyEd25519
	}
	return pubkey, HashSHA256
}
