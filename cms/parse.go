package cms

import (
	"bytes"
	"fmt"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// context tags of SignedData and SignerInfo, constructed but for the one of a
// SubjectKeyIdentifier
const (
	tag0            = asn1.Tag(0xa0)
	tag1            = asn1.Tag(0xa1)
	tagSubjectKeyID = asn1.Tag(0x80)
)

// berPrefix begins a SignedData as gpgsm writes it, with an indefinite length.
const berPrefix = "\x30\x80\x06\x09" + string(oidSignedData)

// Parse parses a signature without its armor: a DER ContentInfo as
// docs/format.md §2 to §5 has it. Marshalling what it returns gives the same
// bytes. It refuses with *MalformedError what is not this syntax, and with
// *UnsupportedError what is sound in a form that is not judged here.
func Parse(der []byte) (*SignedData, error) {
	return parseContentInfo(der, maxDER, signatureForm)
}

// form is in what the SignedData of a signature and that of a timestamp token
// differ.
type form struct {
	version     int
	contentType ObjectIdentifier
	attached    bool // eContent must be present; else it must be absent

	// signerElsewhere lets there be no certificates, because trusted roots have the
	// signer's, and lets that be named by its key identifier.
	signerElsewhere bool
}

var (
	signatureForm = form{version: 1, contentType: oidData}
	tokenForm     = form{version: 3, contentType: oidTSTInfo, attached: true, signerElsewhere: true}
)

func parseContentInfo(der []byte, limit int, f form) (*SignedData, error) {
	outer := &reader{rest: der}
	switch {
	case len(der) == 0:
		return nil, outer.malformed("ContentInfo", "empty")
	case len(der) > limit:
		return nil, outer.malformed("ContentInfo", "longer than %d bytes", limit)
	case bytes.HasPrefix(der, []byte(berPrefix)):
		return nil, &UnsupportedError{Field: "ContentInfo", Reason: "BER with an indefinite length; only DER is read"}
	}
	der = bytes.Clone(der)
	outer.rest = der
	ci, err := outer.read("ContentInfo", asn1.SEQUENCE)
	if err != nil {
		return nil, err
	}
	if !outer.empty() {
		return nil, outer.malformed("ContentInfo", "followed by %d trailing bytes", len(outer.rest))
	}
	r := newReader(ci, "ContentInfo")
	typ, err := r.oid("contentType")
	if err != nil {
		return nil, err
	}
	content, err := r.read("content", tag0)
	if err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	if typ != oidSignedData {
		return nil, &UnsupportedError{Field: "ContentInfo.contentType", Offset: ci.offset, Reason: fmt.Sprintf("%s is not SignedData", typ)}
	}
	r = newReader(content, "ContentInfo.content")
	body, err := r.read("SignedData", asn1.SEQUENCE)
	if err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	s, err := parseSignedData(body, f)
	if err != nil {
		return nil, err
	}
	s.Raw = der
	// The law is held here, not hoped for: what was read is all there was.
	again, err := s.encode(f.version)
	if err != nil {
		return nil, outer.malformed("ContentInfo", "does not encode again: %v", err)
	}
	if !bytes.Equal(again, der) {
		return nil, &MalformedError{Field: "ContentInfo", Offset: difference(again, der), Reason: "does not encode to the same bytes again"}
	}
	return s, nil
}

func parseSignedData(body element, f form) (*SignedData, error) {
	r := newReader(body, "SignedData")
	at := r.offset
	version, err := r.version("version")
	if err != nil {
		return nil, err
	}
	if version != f.version {
		return nil, &UnsupportedError{Field: "SignedData.version", Offset: at, Reason: fmt.Sprintf("%d, want %d", version, f.version)}
	}
	s := new(SignedData)
	if err := s.parseDigestAlgorithms(r); err != nil {
		return nil, err
	}
	if err := s.parseEncapContentInfo(r, f); err != nil {
		return nil, err
	}
	if err := s.parseCertificates(r, f); err != nil {
		return nil, err
	}
	if r.peek(tag1) {
		return nil, &UnsupportedError{Field: "SignedData.crls", Offset: r.offset, Reason: "present"}
	}
	infos, err := r.read("signerInfos", asn1.SET)
	if err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	signers := newReader(infos, "SignedData.signerInfos")
	info, err := signers.read("SignerInfo", asn1.SEQUENCE)
	if err != nil {
		return nil, err
	}
	if !signers.empty() {
		second := signers.offset
		if _, err := signers.read("SignerInfo", asn1.SEQUENCE); err != nil {
			return nil, err
		}
		return nil, &UnsupportedError{Field: "SignedData.signerInfos", Offset: second, Reason: "more than one signer"}
	}
	if err := s.SignerInfo.parse(info, f); err != nil {
		return nil, err
	}
	return s, s.findCertificate(infos.offset, f)
}

func (s *SignedData) parseDigestAlgorithms(r *reader) error {
	set, err := r.read("digestAlgorithms", asn1.SET)
	if err != nil {
		return err
	}
	algs := newReader(set, "SignedData.digestAlgorithms")
	for !algs.empty() {
		e, err := algs.read("AlgorithmIdentifier", asn1.SEQUENCE)
		if err != nil {
			return err
		}
		if len(s.digestAlgorithms) == maxAttributes {
			return algs.malformed("AlgorithmIdentifier", "more than %d", maxAttributes)
		}
		a, err := parseAlgorithm(e, "SignedData.digestAlgorithms.AlgorithmIdentifier")
		if err != nil {
			return err
		}
		s.digestAlgorithms = append(s.digestAlgorithms, a)
	}
	return nil
}

func (s *SignedData) parseEncapContentInfo(r *reader, f form) error {
	seq, err := r.read("encapContentInfo", asn1.SEQUENCE)
	if err != nil {
		return err
	}
	eci := newReader(seq, "SignedData.encapContentInfo")
	at := eci.offset
	if s.contentType, err = eci.oid("eContentType"); err != nil {
		return err
	}
	if s.contentType != f.contentType {
		return &UnsupportedError{Field: "SignedData.encapContentInfo.eContentType", Offset: at, Reason: fmt.Sprintf("%s, want %s", s.contentType, f.contentType)}
	}
	if !f.attached {
		if eci.peek(tag0) {
			return &UnsupportedError{Field: "SignedData.encapContentInfo.eContent", Offset: eci.offset, Reason: "present; a signature in git is detached"}
		}
		return eci.end()
	}
	wrapped, err := eci.read("eContent", tag0)
	if err != nil {
		return err
	}
	if err := eci.end(); err != nil {
		return err
	}
	inner := newReader(wrapped, "SignedData.encapContentInfo.eContent")
	octets, err := inner.read("OCTET STRING", asn1.OCTET_STRING)
	if err != nil {
		return err
	}
	s.content = octets.content
	return inner.end()
}

func parseAlgorithm(e element, field string) (AlgorithmIdentifier, error) {
	var a AlgorithmIdentifier
	r := newReader(e, field)
	var err error
	if a.Algorithm, err = r.oid("algorithm"); err != nil {
		return a, err
	}
	if r.empty() {
		return a, nil
	}
	params, err := r.any("parameters")
	if err != nil {
		return a, err
	}
	if err := checkDER(params, field+".parameters", 1); err != nil {
		return a, err
	}
	a.Parameters = params.full
	return a, r.end()
}
