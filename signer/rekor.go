package signer

import (
	"context"
	"crypto/x509"
	"strings"

	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
)

// proposal is what a log is asked to add.
type proposal struct {
	digest      []byte // SHA-256 of DER(SignedAttrs)
	signature   []byte // over DER(SignedAttrs), ASN.1
	certificate *x509.Certificate
}

// uploadEntry adds the proposal to the log and returns the entry in the form in which
// docs/format.md §4.1 stores it, with the body that the log hashed, which readers
// rebuild. The verifier checks the inclusion proof, the checkpoint and the signed entry
// timestamp. Every error is a *ServiceError.
func (s *Signer) uploadEntry(ctx context.Context, p *proposal) (*rekorv1.TransparencyLogEntry, error) {
	if s.plan.log.Version == 1 {
		return s.uploadEntryV1(ctx, p)
	}
	return s.uploadEntryV2(ctx, p)
}

// logURL returns a URL under the log's base URL.
func (s *Signer) logURL(path string) string {
	return strings.TrimRight(s.plan.log.URL, "/") + path
}
