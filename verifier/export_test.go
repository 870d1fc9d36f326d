package verifier

import (
	"crypto/x509"

	"github.com/git-seal/git-seal/verifier/trust"
)

// VerifySCTs is what the check of certificate timestamps comes to, windows
// included.
func VerifySCTs(cert, issuer *x509.Certificate, root *trust.Root) error {
	windows, err := verifySCTs(cert, issuer, root)
	if err != nil {
		return err
	}
	j := judge{windows: windows}
	return j.checkWindows()
}

// Broken returns a Verifier that panics inside.
func Broken() *Verifier { return &Verifier{roots: []*trust.Root{nil}} }
