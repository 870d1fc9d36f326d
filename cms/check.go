package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
)

// errSignature does not say more: to the mathematics every wrong signature is
// the same.
var errSignature = errors.New("signature: not by the certificate's key over the signed attributes")

// CheckSignature checks that the certificate's key signed SignerInfo.SignedAttrs
// as stored (RFC 5652 §5.6). It says nothing of the certificate and nothing of
// the payload. An algorithm outside docs/format.md §5 is an *UnsupportedError.
func (s *SignedData) CheckSignature() error { return s.SignerInfo.checkSignature(s.Certificate) }

func (si *SignerInfo) checkSignature(signer *x509.Certificate) error {
	if err := si.checkParameters(); err != nil {
		return err
	}
	hash, err := si.hash()
	if err != nil {
		return err
	}
	switch key := signer.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return si.checkECDSA(key, hash)
	case *rsa.PublicKey:
		return si.checkRSA(key, hash)
	case ed25519.PublicKey:
		if si.SignatureAlgorithm.Algorithm != oidEd25519 {
			return si.otherKey("Ed25519")
		}
		if !ed25519.Verify(key, si.SignedAttrs, si.Signature) {
			return errSignature
		}
		return nil
	}
	return si.unsupported("certificate", "public key of type %T", signer.PublicKey)
}

func (si *SignerInfo) checkECDSA(key *ecdsa.PublicKey, hash crypto.Hash) error {
	switch si.SignatureAlgorithm.Algorithm {
	case oidECPublicKey, oidECDSAWithSHA256, oidECDSAWithSHA384, oidECDSAWithSHA512:
	default:
		return si.otherKey("ECDSA")
	}
	switch key.Curve {
	case elliptic.P256(), elliptic.P384(), elliptic.P521():
	default:
		return si.unsupported("certificate", "curve %s", key.Curve.Params().Name)
	}
	if !ecdsa.VerifyASN1(key, digest(hash, si.SignedAttrs), si.Signature) {
		return errSignature
	}
	return nil
}

func (si *SignerInfo) checkRSA(key *rsa.PublicKey, hash crypto.Hash) error {
	switch si.SignatureAlgorithm.Algorithm {
	case oidRSA, oidSHA256WithRSA, oidSHA384WithRSA, oidSHA512WithRSA:
	default:
		return si.otherKey("RSA")
	}
	if n := key.N.BitLen(); n > maxModulus {
		return si.unsupported("certificate", "an RSA key of %d bits; the limit is %d", n, maxModulus)
	}
	if rsa.VerifyPKCS1v15(key, hash, digest(hash, si.SignedAttrs), si.Signature) != nil {
		return errSignature
	}
	return nil
}

// otherKey is the error for a signature algorithm that is not the key's. One
// that is known contradicts the certificate; another is merely not known.
func (si *SignerInfo) otherKey(key string) error {
	alg := si.SignatureAlgorithm.Algorithm
	if alg == oidRSA || alg == oidECPublicKey || impliedDigest[alg] != "" {
		return fmt.Errorf("signature: algorithm %s, and the certificate's key is %s", alg, key)
	}
	return si.unsupported("signatureAlgorithm", "%s", alg)
}

// checkParameters refuses algorithm parameters, but for the NULL that RFC 5754
// lets RSA and digest algorithms have.
func (si *SignerInfo) checkParameters() error {
	if p := si.DigestAlgorithm.Parameters; p != nil && !isNull(p) {
		return si.unsupported("digestAlgorithm", "with parameters")
	}
	p := si.SignatureAlgorithm.Parameters
	switch si.SignatureAlgorithm.Algorithm {
	case oidRSA, oidSHA256WithRSA, oidSHA384WithRSA, oidSHA512WithRSA:
		if isNull(p) {
			return nil
		}
	}
	if p != nil {
		return si.unsupported("signatureAlgorithm", "%s with parameters", si.SignatureAlgorithm.Algorithm)
	}
	return nil
}

func isNull(der []byte) bool { return bytes.Equal(der, []byte{0x05, 0x00}) }

func (si *SignerInfo) unsupported(field, format string, args ...any) error {
	return &UnsupportedError{Field: "SignerInfo." + field, Reason: fmt.Sprintf(format, args...)}
}

func (si *SignerInfo) hash() (crypto.Hash, error) {
	h, ok := digests[si.DigestAlgorithm.Algorithm]
	if !ok {
		return 0, si.unsupported("digestAlgorithm", "%s", si.DigestAlgorithm.Algorithm)
	}
	return h, nil
}

func digest(h crypto.Hash, b []byte) []byte {
	w := h.New()
	w.Write(b)
	return w.Sum(nil)
}

// CheckDigest checks that the signed attributes are about payload, which is
// exactly the bytes that git hands to the signing program. A digest algorithm
// outside docs/format.md §5 is an *UnsupportedError.
func (s *SignedData) CheckDigest(payload []byte) error {
	hash, err := s.SignerInfo.hash()
	if err != nil {
		return err
	}
	if got := digest(hash, payload); !bytes.Equal(got, s.SignerInfo.MessageDigest) {
		return fmt.Errorf("digest: the payload has %x, the signature is about %x", got, s.SignerInfo.MessageDigest)
	}
	return nil
}

// CheckProfile returns nil for git-seal's form (docs/format.md §2 to §4, but for
// the insides of log entry and token), in which every field has one legal value,
// and an *UnsupportedError for any other.
func (s *SignedData) CheckProfile() error {
	si := &s.SignerInfo
	sha256 := func(a AlgorithmIdentifier) bool { return a.Algorithm == oidSHA256 && a.Parameters == nil }
	if len(s.digestAlgorithms) != 1 || !sha256(s.digestAlgorithms[0]) {
		return &UnsupportedError{Field: "SignedData.digestAlgorithms", Reason: "not SHA-256 alone"}
	}
	if !sha256(si.DigestAlgorithm) {
		return si.unsupported("digestAlgorithm", "not SHA-256 without parameters")
	}
	if si.SignatureAlgorithm.Algorithm != oidECDSAWithSHA256 || si.SignatureAlgorithm.Parameters != nil {
		return si.unsupported("signatureAlgorithm", "not ecdsa-with-SHA256 without parameters")
	}
	if !isP256(s.Certificate.PublicKey) {
		return &UnsupportedError{Field: "SignedData.certificates", Reason: "the signer's key is not ECDSA on P-256"}
	}
	if !s.certificatesSorted {
		return &UnsupportedError{Field: "SignedData.certificates", Reason: "not in DER order"}
	}
	if len(si.signedAttrs) != 3 || si.OtherSignedAttrs != nil || si.SigningTime.IsZero() {
		return si.unsupported("signedAttrs", "not exactly contentType, signingTime and messageDigest")
	}
	if !si.signedAttrsSorted {
		return si.unsupported("signedAttrs", "not in DER order")
	}
	if si.unsignedAttrs != nil && !si.unsignedAttrsSorted {
		return si.unsupported("unsignedAttrs", "not in DER order")
	}
	if si.UnknownUnsignedAttrs != nil {
		return si.unsupported("unsignedAttrs", "attributes of unknown form: %q", si.UnknownUnsignedAttrs)
	}
	return nil
}

func isP256(key any) bool {
	k, ok := key.(*ecdsa.PublicKey)
	return ok && k.Curve == elliptic.P256()
}
