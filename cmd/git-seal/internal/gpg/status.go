package gpg

import (
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
)

// sigStatus is the word that git sees of a verdict, and its trust.
type sigStatus struct {
	sig   string // GOODSIG, BADSIG, REVKEYSIG or ERRSIG
	trust string // FULLY, UNDEFINED or NEVER
}

// statusOf is the table of what git is told. Git's letter (%G?) comes from the
// first column; merge --verify-signatures and gpg.minTrustLevel look at the
// second. A server that receives a push certificate sees the letter alone, so
// that there only what the policy allows may look good.
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

// noIdentity stands as the user id where no certificate could be read: git
// takes the next line for an empty one.
const noIdentity = "unknown"

// writeStatus writes the lines behind NEWSIG.
func writeStatus(w *git.StatusWriter, s sigStatus, r *verifier.Result) {
	fpr, uid := judging.Fingerprint(r.Certificate), r.Identity.SubjectAlternativeName
	if uid == "" {
		uid = noIdentity
	}
	pubkey, hash := judging.Algorithms(r.Certificate)
	switch s.sig {
	case "GOODSIG":
		w.GoodSig(fpr, uid)
		w.ValidSig(git.ValidSig{Fingerprint: fpr, Created: r.SignedAt, PubkeyAlgo: pubkey, HashAlgo: hash})
	case "BADSIG":
		w.BadSig(fpr, uid)
	case "REVKEYSIG":
		w.RevKeySig(fpr, uid)
	default:
		w.ErrSig(git.ErrSig{Fingerprint: fpr, PubkeyAlgo: pubkey, HashAlgo: hash, Time: r.SignedAt, Code: 9})
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
