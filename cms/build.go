package cms

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"

	"github.com/github/smimesign/ietf-cms/oid"
	"github.com/github/smimesign/ietf-cms/protocol"
	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/proto"
)

var (
	asn1LogEntry       = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 3, 1}
	digestAlgorithm    = pkix.AlgorithmIdentifier{Algorithm: oid.DigestAlgorithmSHA256}
	signatureAlgorithm = pkix.AlgorithmIdentifier{Algorithm: oid.SignatureAlgorithmECDSAWithSHA256}
)

// Parts is what a signature in git-seal's form is made of.
type Parts struct {
	Certificate *x509.Certificate // the signer's; its key is ECDSA on P-256
	SignedAttrs []byte            // from NewSignedAttrs
	Signature   []byte            // over SignedAttrs, SHA-256, ASN.1

	// LogEntry is what the log answered, nil for none. Its CanonicalizedBody
	// may be there, and is then compared with the one that readers rebuild.
	LogEntry *rekorv1.TransparencyLogEntry

	TimeStampToken []byte // DER, nil for none; see TimeStampTokenFromResponse
}

// NewSignedAttrs returns the signed attributes of git-seal's form
// (docs/format.md §3), DER under the SET tag: the bytes to be signed.
// payloadDigest is the SHA-256 of the payload; signingTime is kept to the
// second. A year outside 1 to 9999 is an error.
func NewSignedAttrs(payloadDigest []byte, signingTime time.Time) ([]byte, error) {
	if len(payloadDigest) != sha256.Size {
		return nil, fmt.Errorf("payload digest of %d bytes, want %d", len(payloadDigest), sha256.Size)
	}
	var attrs protocol.Attributes
	for _, a := range []struct {
		typ   asn1.ObjectIdentifier
		value any
	}{
		{oid.AttributeContentType, oid.ContentTypeData},
		{oid.AttributeSigningTime, signingTime.UTC()},
		{oid.AttributeMessageDigest, payloadDigest},
	} {
		attr, err := protocol.NewAttribute(a.typ, a.value)
		if err != nil {
			return nil, fmt.Errorf("signed attribute %s: %w", a.typ, err)
		}
		attrs = append(attrs, attr)
	}
	return attrs.MarshaledForSigning()
}

// Marshal returns the DER signature in git-seal's form that p makes. Before it
// returns, the result has been read back by Parse and has passed
// CheckSignature, CheckProfile and the reading of its evidence; whether log and
// authority signed that evidence is for the caller to check.
func Marshal(p Parts) ([]byte, error) {
	der, err := marshal(p)
	if err != nil {
		return nil, err
	}
	s, err := Parse(der)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(s.SignerInfo.SignedAttrs, p.SignedAttrs) {
		return nil, errors.New("signed attributes: not in DER order")
	}
	if err := s.CheckProfile(); err != nil {
		return nil, err
	}
	if err := s.CheckSignature(); err != nil {
		return nil, err
	}
	entry, err := s.TransparencyLogEntry()
	if err != nil {
		return nil, err
	}
	if body := p.LogEntry.GetCanonicalizedBody(); len(body) > 0 && !bytes.Equal(body, entry.GetCanonicalizedBody()) {
		return nil, errors.New("log entry: its body is not the one that digest, signature and certificate make")
	}
	if p.TimeStampToken != nil {
		tok, err := ParseTimeStampToken(p.TimeStampToken)
		if err != nil {
			return nil, err
		}
		if err := tok.CheckAlone(); err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(p.Signature); tok.HashAlgorithm != oidSHA256 || !bytes.Equal(tok.HashedMessage, sum[:]) {
			return nil, errors.New("timestamp token: not over the SHA-256 of the signature")
		}
	}
	return der, nil
}

// marshal encodes p with smimesign's types. AddSignerInfo of that package would
// take the time of signing itself, so the SignerInfo is put together here.
func marshal(p Parts) ([]byte, error) {
	sid, err := protocol.NewIssuerAndSerialNumber(p.Certificate)
	if err != nil {
		return nil, fmt.Errorf("signer identifier: %w", err)
	}
	info := protocol.SignerInfo{
		Version:            1,
		SID:                sid,
		DigestAlgorithm:    digestAlgorithm,
		SignatureAlgorithm: signatureAlgorithm,
		Signature:          p.Signature,
	}
	if rest, err := asn1.UnmarshalWithParams(p.SignedAttrs, &info.SignedAttrs, "set"); err != nil {
		return nil, fmt.Errorf("signed attributes: %w", err)
	} else if len(rest) > 0 {
		return nil, errors.New("signed attributes: followed by trailing bytes")
	}
	if p.LogEntry != nil {
		entry := proto.CloneOf(p.LogEntry)
		entry.CanonicalizedBody = nil
		raw, err := marshalLogEntry(entry)
		if err != nil {
			return nil, fmt.Errorf("log entry: %w", err)
		}
		attr, err := protocol.NewAttribute(asn1LogEntry, raw)
		if err != nil {
			return nil, fmt.Errorf("log entry: %w", err)
		}
		info.UnsignedAttrs = append(info.UnsignedAttrs, attr)
	}
	if p.TimeStampToken != nil {
		attr, err := protocol.NewAttribute(oid.AttributeTimeStampToken, asn1.RawValue{FullBytes: p.TimeStampToken})
		if err != nil {
			return nil, fmt.Errorf("timestamp token: %w", err)
		}
		info.UnsignedAttrs = append(info.UnsignedAttrs, attr)
	}
	sd, err := protocol.NewSignedData(protocol.EncapsulatedContentInfo{EContentType: oid.ContentTypeData})
	if err != nil {
		return nil, err
	}
	sd.DigestAlgorithms = []pkix.AlgorithmIdentifier{digestAlgorithm}
	if err := sd.AddCertificate(p.Certificate); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	sd.SignerInfos = []protocol.SignerInfo{info}
	return sd.ContentInfoDER()
}
