package signer

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"

	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
)

// proposal is what a log is asked to take in.
type proposal struct {
	digest      []byte // SHA-256 of DER(SignedAttrs)
	signature   []byte // over DER(SignedAttrs), ASN.1
	certificate *x509.Certificate
}

// uploadEntry has the log take in the proposal and returns the entry in the form
// in which docs/format.md §4.1 stores it, with the body that the log hashed:
// the one that readers rebuild. Proof, checkpoint and signed entry timestamp
// are for the verifier to check. Every error is a *ServiceError.
func (s *Signer) uploadEntry(ctx context.Context, p *proposal) (*rekorv1.TransparencyLogEntry, error) {
	if s.plan.log.Version == 1 {
		return s.uploadEntryV1(ctx, p)
	}
	return s.uploadEntryV2(ctx, p)
}

// logURL is the address of something under the log's base URL.
func (s *Signer) logURL(path string) string {
	return strings.TrimRight(s.plan.log.URL, "/") + path
}

// ownCheckpoint is a checkpoint without the cosignatures of witnesses: the
// origin's own signature line alone, which is what is stored (docs/format.md
// §4.1). Whether it holds is for the verifier to check.
func ownCheckpoint(note string) (string, error) {
	text, signatures, _ := strings.Cut(note, "\n\n")
	origin, _, _ := strings.Cut(text, "\n")
	name, _, _ := strings.Cut(origin, " - ") // Rekor v1 adds the tree's number
	for line := range strings.Lines(signatures) {
		if strings.HasPrefix(line, "\u2014 "+name+" ") {
			return text + "\n\n" + line, nil
		}
	}
	return "", errors.New("the log entry's checkpoint is not signed by its log")
}
