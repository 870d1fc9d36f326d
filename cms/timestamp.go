package cms

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// TimeStampToken is an RFC 3161 token in the form of docs/format.md §4.2. That
// its imprint is of the right bytes, and that its signer is a trusted authority,
// is for the caller to check.
type TimeStampToken struct {
	SignedData *SignedData // its Certificate is the signer's, nil where the token leaves it out

	HashAlgorithm ObjectIdentifier // of the message imprint
	HashedMessage []byte
	SerialNumber  []byte    // content octets of the INTEGER
	GenTime       time.Time // UTC
}

// ParseTimeStampToken parses a DER TimeStampToken. Every octet of an accepted
// token is fixed, or read by CheckSignature, or in SignedData's certificates.
// Errors are those of Parse.
func ParseTimeStampToken(der []byte) (*TimeStampToken, error) {
	t, err := parseTimeStampToken(der)
	if err != nil {
		return nil, fmt.Errorf("timestamp token: %w", err)
	}
	return t, nil
}

func parseTimeStampToken(der []byte) (*TimeStampToken, error) {
	s, err := parseContentInfo(der, maxToken, tokenForm)
	if err != nil {
		return nil, err
	}
	si := &s.SignerInfo
	// Whether an authority writes absent parameters or NULL is its choice in
	// each place; no single flip of a bit turns one into the other.
	if len(s.digestAlgorithms) != 1 || s.digestAlgorithms[0].Algorithm != si.DigestAlgorithm.Algorithm {
		return nil, &UnsupportedError{Field: "SignedData.digestAlgorithms", Reason: "not the SignerInfo's alone"}
	}
	if p := s.digestAlgorithms[0].Parameters; p != nil && !isNull(p) {
		return nil, &UnsupportedError{Field: "SignedData.digestAlgorithms", Reason: "with parameters"}
	}
	if si.unsignedAttrs != nil {
		return nil, si.unsupported("unsignedAttrs", "present in a timestamp token")
	}
	t := &TimeStampToken{SignedData: s}
	if err := t.parseTSTInfo(s.content); err != nil {
		return nil, err
	}
	return t, nil
}

// NamesSigner reports whether the token names cert as its signer's, by issuer
// and serial number or by the subject key identifier.
func (t *TimeStampToken) NamesSigner(cert *x509.Certificate) bool {
	return t.SignedData.SignerInfo.names(cert.Raw)
}

// CheckSignature checks that the key of signer signed the token: the digest of
// the TSTInfo, and the signature over the signed attributes. Errors are those of
// SignedData's CheckDigest and CheckSignature.
func (t *TimeStampToken) CheckSignature(signer *x509.Certificate) error {
	if err := t.checkDigest(); err != nil {
		return err
	}
	if err := t.SignedData.SignerInfo.checkSignature(signer); err != nil {
		return fmt.Errorf("timestamp token: %w", err)
	}
	return nil
}

// CheckAlone is CheckSignature as far as the token alone tells: by the
// certificate in it and, where the token leaves that out, the digest only.
func (t *TimeStampToken) CheckAlone() error {
	if t.SignedData.Certificate == nil {
		return t.checkDigest()
	}
	return t.CheckSignature(t.SignedData.Certificate)
}

func (t *TimeStampToken) checkDigest() error {
	if err := t.SignedData.CheckDigest(t.SignedData.content); err != nil {
		return fmt.Errorf("timestamp token: %w", err)
	}
	return nil
}

// parseTSTInfo reads a TSTInfo (RFC 3161 §2.4.2) up to genTime. Of what may
// follow nothing is used; an extension that demands to be is refused.
func (t *TimeStampToken) parseTSTInfo(content []byte) error {
	top := &reader{rest: content}
	seq, err := top.read("TSTInfo", asn1.SEQUENCE)
	if err != nil {
		return err
	}
	if !top.empty() {
		return top.malformed("TSTInfo", "followed by %d trailing bytes", len(top.rest))
	}
	if err := checkDER(seq, "TSTInfo", 1); err != nil {
		return err
	}
	r := newReader(seq, "TSTInfo")
	version, err := r.version("version")
	if err != nil {
		return err
	}
	if version != 1 {
		return &UnsupportedError{Field: "TSTInfo.version", Offset: seq.offset, Reason: fmt.Sprintf("%d, want 1", version)}
	}
	if _, err := r.oid("policy"); err != nil {
		return err
	}
	imprint, err := r.read("messageImprint", asn1.SEQUENCE)
	if err != nil {
		return err
	}
	if err := t.parseImprint(imprint); err != nil {
		return err
	}
	if t.SerialNumber, err = r.integer("serialNumber"); err != nil {
		return err
	}
	at := *r
	v, err := r.read("genTime", asn1.GeneralizedTime)
	if err != nil {
		return err
	}
	// X.690 §11.7: to the second, or with a fraction that does not end in zero.
	text := string(v.content)
	if t.GenTime, err = time.Parse("20060102150405Z", text); err != nil || t.GenTime.Format("20060102150405.999999999Z") != text {
		return at.malformed("genTime", "%q is not a DER time", text)
	}
	const accuracy, ordering, nonce, tsa, extensions = asn1.SEQUENCE, asn1.BOOLEAN, asn1.INTEGER, tag0, tag1
	for _, tag := range []asn1.Tag{accuracy, ordering, nonce, tsa, extensions} {
		if !r.peek(tag) {
			continue
		}
		e, err := r.any("what follows genTime")
		if err != nil {
			return err
		}
		if tag == extensions {
			if err := refuseCritical(e); err != nil {
				return err
			}
		}
	}
	return r.end()
}

// refuseCritical refuses Extensions of which one is critical (RFC 5280 §4.2):
// none is known here.
func refuseCritical(extensions element) error {
	const field = "TSTInfo.extensions"
	all := newReader(extensions, field)
	for !all.empty() {
		e, err := all.read("Extension", asn1.SEQUENCE)
		if err != nil {
			return err
		}
		r := newReader(e, field+".Extension")
		id, err := r.oid("extnID")
		if err != nil {
			return err
		}
		if r.peek(asn1.BOOLEAN) {
			return &UnsupportedError{Field: field, Offset: e.offset, Reason: fmt.Sprintf("%s is critical", id)}
		}
	}
	return nil
}

func (t *TimeStampToken) parseImprint(imprint element) error {
	r := newReader(imprint, "TSTInfo.messageImprint")
	e, err := r.read("hashAlgorithm", asn1.SEQUENCE)
	if err != nil {
		return err
	}
	alg, err := parseAlgorithm(e, "TSTInfo.messageImprint.hashAlgorithm")
	if err != nil {
		return err
	}
	hashed, err := r.read("hashedMessage", asn1.OCTET_STRING)
	if err != nil {
		return err
	}
	t.HashAlgorithm, t.HashedMessage = alg.Algorithm, hashed.content
	return r.end()
}

// TimeStampTokenFromResponse takes the token out of a DER TimeStampResp (RFC
// 3161 §2.4.2). A response whose status is not granted or grantedWithMods is
// an error that names the status; the token must be one that
// ParseTimeStampToken and CheckAlone accept.
func TimeStampTokenFromResponse(resp []byte) ([]byte, error) {
	top := &reader{rest: resp}
	if len(resp) > maxToken {
		return nil, top.malformed("TimeStampResp", "longer than %d bytes", maxToken)
	}
	seq, err := top.read("TimeStampResp", asn1.SEQUENCE)
	if err != nil {
		return nil, err
	}
	if !top.empty() {
		return nil, top.malformed("TimeStampResp", "followed by %d trailing bytes", len(top.rest))
	}
	r := newReader(seq, "TimeStampResp")
	info, err := r.read("status", asn1.SEQUENCE)
	if err != nil {
		return nil, err
	}
	if err := checkDER(info, "TimeStampResp.status", 1); err != nil {
		return nil, err
	}
	status := newReader(info, "TimeStampResp.status")
	code, err := status.version("status")
	if err != nil {
		return nil, err
	}
	if code > 1 {
		return nil, fmt.Errorf("timestamp authority refused: status %d%s", code, statusText(status))
	}
	token, err := r.read("timeStampToken", asn1.SEQUENCE)
	if err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	tok, err := ParseTimeStampToken(token.full)
	if err != nil {
		return nil, err
	}
	if err := tok.CheckAlone(); err != nil {
		return nil, err
	}
	return bytes.Clone(token.full), nil
}

// statusText renders the PKIFreeText that may follow a status.
func statusText(r *reader) string {
	var lines []string
	if texts, err := r.read("statusString", asn1.SEQUENCE); err == nil {
		inner := newReader(texts, "statusString")
		for !inner.empty() {
			line, err := inner.read("text", asn1.UTF8String)
			if err != nil {
				break
			}
			lines = append(lines, fmt.Sprintf("%q", line.content))
		}
	}
	if lines == nil {
		return ""
	}
	return ": " + strings.Join(lines, ", ")
}

// ResponseFromTimeStampToken wraps a token in a TimeStampResp with status
// granted, the form in which a Sigstore bundle carries it.
func ResponseFromTimeStampToken(tok []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(0) })
		b.AddBytes(tok)
	})
	return b.Bytes()
}
