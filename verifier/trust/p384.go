package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/fips140"
	"crypto/x509"
	"math/big"
	"sync"
)

// oneShotP384 is P-384 for a process that verifies a signature or two: what
// git starts for each object. crypto/elliptic's own multiplies the generator
// with tables that it makes at their first use, which takes as long as four
// verifications and is paid back after some eight. This one multiplies the
// generator as it does any other point. The verification around it is
// crypto/ecdsa's.
type oneShotP384 struct {
	elliptic.Curve
	params *elliptic.CurveParams
}

var oneShot = sync.OnceValue(func() *oneShotP384 {
	params := *elliptic.P384().Params()
	return &oneShotP384{elliptic.P384(), &params}
})

// Params returns the parameters of P-384, at an address of their own:
// crypto/ecdsa takes a curve with elliptic.P384's for that one, and leaves the
// arithmetic of any other to its methods.
func (c *oneShotP384) Params() *elliptic.CurveParams { return c.params }

// ScalarBaseMult returns k times the generator.
func (c *oneShotP384) ScalarBaseMult(k []byte) (x, y *big.Int) {
	return c.ScalarMult(c.params.Gx, c.params.Gy, k)
}

// oneShotCertificate returns cert with a key that verifies on oneShotP384, or
// cert itself where its key is of another kind, or where FIPS 140-3 asks for
// the module's own curves.
func oneShotCertificate(cert *x509.Certificate) *x509.Certificate {
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P384() || fips140.Enabled() {
		return cert
	}
	c, k := *cert, *key
	k.Curve = oneShot()
	c.PublicKey = &k
	return &c
}
