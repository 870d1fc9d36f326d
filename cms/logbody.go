package cms

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
)

// logBody rebuilds the body that the log has hashed (docs/format.md §4.1), in
// canonical JSON. hex and base64 hold nothing that JSON escapes, so it is
// written out, field names in the order of RFC 8785.
func (s *SignedData) logBody(version string) []byte {
	sum := sha256.Sum256(s.SignerInfo.SignedAttrs)
	b64 := base64.StdEncoding.EncodeToString
	signature := b64(s.SignerInfo.Signature)
	if version == entryVersionV1 {
		cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate.Raw})
		return []byte(`{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{` +
			`"data":{"hash":{"algorithm":"sha256","value":"` + hex.EncodeToString(sum[:]) + `"}},` +
			`"signature":{"content":"` + signature + `","publicKey":{"content":"` + b64(cert) + `"}}}}`)
	}
	return []byte(`{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{` +
		`"data":{"algorithm":"SHA2_256","digest":"` + b64(sum[:]) + `"},` +
		`"signature":{"content":"` + signature + `","verifier":{` +
		`"keyDetails":"PKIX_ECDSA_P256_SHA_256","x509Certificate":{"rawBytes":"` + b64(s.Certificate.Raw) + `"}}}}}}`)
}
