package trust

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSAEncryption = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidSHA256WithRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidSHA384WithRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidSHA512WithRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}
	oidECDSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidECDSASHA384   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	oidECDSASHA512   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
)

// parseTSTInfo reads a TSTInfo (RFC 3161, section 2.4.2).
func (t *TimeStampToken) parseTSTInfo(der []byte) error {
	in := cryptobyte.String(der)
	var info, imprint, digest, skipped cryptobyte.String
	var version int64
	if !in.ReadASN1(&info, cbasn1.SEQUENCE) || !in.Empty() || !info.ReadASN1Integer(&version) {
		return malformed("TSTInfo")
	}
	if version != 1 {
		return &UnsupportedTokenError{"TSTInfo version"}
	}
	if !info.ReadASN1ObjectIdentifier(&t.Policy) {
		return malformed("policy")
	}
	if !info.ReadASN1(&imprint, cbasn1.SEQUENCE) {
		return malformed("messageImprint")
	}
	var err error
	if t.imprintHash, err = readDigestAlgorithm(&imprint, "messageImprint"); err != nil {
		return err
	}
	if !imprint.ReadASN1(&digest, cbasn1.OCTET_STRING) || !imprint.Empty() || len(digest) != t.imprintHash.Size() {
		return malformed("messageImprint")
	}
	t.imprint = digest
	t.SerialNumber = new(big.Int)
	if !info.ReadASN1Integer(t.SerialNumber) {
		return malformed("serialNumber")
	}
	if t.Time, err = readGenTime(&info); err != nil {
		return err
	}

	// accuracy, ordering, nonce, tsa: covered by the signature, and nothing
	// here depends on them. An extension may be critical.
	var ordering bool
	if !info.SkipOptionalASN1(cbasn1.SEQUENCE) ||
		info.PeekASN1Tag(cbasn1.BOOLEAN) && !info.ReadASN1Boolean(&ordering) ||
		!info.SkipOptionalASN1(cbasn1.INTEGER) ||
		!info.SkipOptionalASN1(cbasn1.Tag(0).Constructed().ContextSpecific()) {
		return malformed("TSTInfo")
	}
	var hasExtensions bool
	if !info.ReadOptionalASN1(&skipped, &hasExtensions, cbasn1.Tag(1).Constructed().ContextSpecific()) || !info.Empty() {
		return malformed("TSTInfo")
	}
	if hasExtensions {
		return &UnsupportedTokenError{"extensions"}
	}
	return nil
}

// genTimeForm is a GeneralizedTime in UTC, with a fraction only where there is
// one and without trailing zeros in it (RFC 3161, section 2.4.2).
const genTimeForm = "20060102150405.999999999Z"

func readGenTime(info *cryptobyte.String) (time.Time, error) {
	var s cryptobyte.String
	if !info.ReadASN1(&s, cbasn1.GeneralizedTime) {
		return time.Time{}, malformed("genTime")
	}
	t, err := time.Parse(genTimeForm, string(s))
	if err != nil || t.Format(genTimeForm) != string(s) {
		return time.Time{}, malformed("genTime")
	}
	return t, nil
}

// readAlgorithm reads an AlgorithmIdentifier whose parameters are absent or
// NULL.
func readAlgorithm(in *cryptobyte.String, field string) (asn1.ObjectIdentifier, error) {
	var alg, null cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1(&alg, cbasn1.SEQUENCE) || !alg.ReadASN1ObjectIdentifier(&oid) {
		return nil, malformed(field)
	}
	if alg.Empty() {
		return oid, nil
	}
	if !alg.ReadASN1(&null, cbasn1.NULL) || !null.Empty() || !alg.Empty() {
		return nil, &UnsupportedTokenError{field}
	}
	return oid, nil
}

func readDigestAlgorithm(in *cryptobyte.String, field string) (crypto.Hash, error) {
	oid, err := readAlgorithm(in, field)
	switch {
	case err != nil:
		return 0, err
	case oid.Equal(oidSHA256):
		return crypto.SHA256, nil
	case oid.Equal(oidSHA384):
		return crypto.SHA384, nil
	case oid.Equal(oidSHA512):
		return crypto.SHA512, nil
	}
	return 0, &UnsupportedTokenError{field}
}

// readSignatureAlgorithm reads a signatureAlgorithm, which names the digest
// again, except for rsaEncryption: both must agree.
func readSignatureAlgorithm(in *cryptobyte.String, digest crypto.Hash) (x509.SignatureAlgorithm, error) {
	const field = "signatureAlgorithm"
	oid, err := readAlgorithm(in, field)
	if err != nil {
		return 0, err
	}
	for _, a := range []struct {
		oid       asn1.ObjectIdentifier
		digest    crypto.Hash
		algorithm x509.SignatureAlgorithm
	}{
		{oidECDSASHA256, crypto.SHA256, x509.ECDSAWithSHA256},
		{oidECDSASHA384, crypto.SHA384, x509.ECDSAWithSHA384},
		{oidECDSASHA512, crypto.SHA512, x509.ECDSAWithSHA512},
		{oidSHA256WithRSA, crypto.SHA256, x509.SHA256WithRSA},
		{oidSHA384WithRSA, crypto.SHA384, x509.SHA384WithRSA},
		{oidSHA512WithRSA, crypto.SHA512, x509.SHA512WithRSA},
		{oidRSAEncryption, crypto.SHA256, x509.SHA256WithRSA},
		{oidRSAEncryption, crypto.SHA384, x509.SHA384WithRSA},
		{oidRSAEncryption, crypto.SHA512, x509.SHA512WithRSA},
	} {
		if oid.Equal(a.oid) && digest == a.digest {
			return a.algorithm, nil
		}
	}
	return 0, &UnsupportedTokenError{field}
}
