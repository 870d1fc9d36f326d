package cms

import (
	"crypto/sha256"
	"fmt"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
)

// BundleMediaType is the form of what Bundle returns.
const BundleMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// Bundle maps a signature in git-seal's form to a Sigstore bundle whose
// artifact is SignerInfo.SignedAttrs (docs/format.md §7). Nothing in it has
// been verified but the form; that SignerInfo.MessageDigest is the payload's is
// outside what a bundle says.
func (s *SignedData) Bundle() (*protobundle.Bundle, error) {
	if err := s.CheckProfile(); err != nil {
		return nil, err
	}
	entry, err := s.TransparencyLogEntry()
	if err != nil {
		return nil, err
	}
	material := &protobundle.VerificationMaterial{
		Content: &protobundle.VerificationMaterial_Certificate{
			Certificate: &protocommon.X509Certificate{RawBytes: s.Certificate.Raw},
		},
	}
	if entry != nil {
		material.TlogEntries = []*rekorv1.TransparencyLogEntry{entry}
	}
	if tok := s.SignerInfo.TimeStampToken; tok != nil {
		if _, err := ParseTimeStampToken(tok); err != nil {
			return nil, err
		}
		resp, err := ResponseFromTimeStampToken(tok)
		if err != nil {
			return nil, fmt.Errorf("timestamp token: %w", err)
		}
		material.TimestampVerificationData = &protobundle.TimestampVerificationData{
			Rfc3161Timestamps: []*protocommon.RFC3161SignedTimestamp{{SignedTimestamp: resp}},
		}
	}
	sum := sha256.Sum256(s.SignerInfo.SignedAttrs)
	return &protobundle.Bundle{
		MediaType:            BundleMediaType,
		VerificationMaterial: material,
		Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
			MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: sum[:]},
			Signature:     s.SignerInfo.Signature,
		}},
	}, nil
}
