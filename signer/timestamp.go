package signer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/git-seal/git-seal/cms"
)

// oidSHA256 is 2.16.840.1.101.3.4.2.1 in DER.
var oidSHA256 = []byte{0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}

// requestTimestamp requests a timestamp for the signature (RFC 3161 appendix A) and
// returns it in DER. It is for this signature, and signed by the certificate in it; the
// verifier checks whether that belongs to an authority. Every error is a *ServiceError.
func (s *Signer) requestTimestamp(ctx context.Context, signature []byte) ([]byte, error) {
	digest := sha256.Sum256(signature)
	query, err := newTimeStampReq(digest[:])
	if err != nil {
		return nil, err
	}
	a, err := s.client.do(ctx, &request{
		service: TimestampAuthority, base: s.plan.timestamp,
		method: http.MethodPost, url: s.plan.timestamp,
		accept: "application/timestamp-reply", contentType: "application/timestamp-query",
		body: query,
		// RFC 3161 §3.4 is older than REST: sigstore's authority says 201.
		want: []int{http.StatusOK, http.StatusCreated}, maxAnswer: maxTimestampAnswer,
		retry: transientStatuses, // a second timestamp is as good
	})
	if err != nil {
		return nil, err
	}
	token, err := parseTimeStampResp(a.body, digest[:])
	if err != nil {
		return nil, a.refuse("%w", err)
	}
	return token, nil
}

// newTimeStampReq encodes a TimeStampReq (RFC 3161 §2.4.1). It requests the authority's
// certificate, because docs/format.md §4.2 requires it in the timestamp: a trusted root
// may contain only the issuing authority. It has no nonce: this signature was never
// timestamped before, so no older answer matches.
func newTimeStampReq(digest []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)                                      // version
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { // messageImprint
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(oidSHA256) })
			b.AddASN1OctetString(digest)
		})
		b.AddASN1Boolean(true) // certReq
	})
	return b.Bytes()
}

func parseTimeStampResp(resp, digest []byte) ([]byte, error) {
	token, err := cms.TimeStampTokenFromResponse(resp)
	if err != nil {
		return nil, formError("timestamp", err)
	}
	t, err := cms.ParseTimeStampToken(token)
	if err != nil {
		return nil, formError("timestamp", err)
	}
	if !bytes.Equal(t.HashedMessage, digest) {
		return nil, errors.New("the timestamp is not for this signature")
	}
	return token, nil
}
