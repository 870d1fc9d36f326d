package signer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/git-seal/git-seal/cms"
)

// verifierV2 is how Rekor v2 names the key of a signature, in requests and in bodies.
// Its fields are in the order of canonical JSON.
type verifierV2 struct {
	KeyDetails      string `json:"keyDetails"`
	X509Certificate struct {
		RawBytes []byte `json:"rawBytes"` // DER
	} `json:"x509Certificate"`
}

type signatureV2 struct {
	Content  []byte     `json:"content"`
	Verifier verifierV2 `json:"verifier"`
}

// createEntryRequestV2 is rekor-tiles' CreateEntryRequest.
type createEntryRequestV2 struct {
	HashedRekordRequestV002 struct {
		Digest    []byte      `json:"digest"`
		Signature signatureV2 `json:"signature"`
	} `json:"hashedRekordRequestV002"`
}

// hashedRekordV2 is a hashedrekord 0.0.2, in the order of canonical JSON.
type hashedRekordV2 struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       struct {
		HashedRekordV002 struct {
			Data struct {
				Algorithm string `json:"algorithm"`
				Digest    []byte `json:"digest"`
			} `json:"data"`
			Signature signatureV2 `json:"signature"`
		} `json:"hashedRekordV002"`
	} `json:"spec"`
}

func (p *proposal) signatureV2() signatureV2 {
	s := signatureV2{Content: p.signature}
	s.Verifier.KeyDetails = "PKIX_ECDSA_P256_SHA_256"
	s.Verifier.X509Certificate.RawBytes = p.certificate.Raw
	return s
}

// requestV2 returns what is sent to Rekor v2.
func (p *proposal) requestV2() ([]byte, error) {
	var r createEntryRequestV2
	r.HashedRekordRequestV002.Digest = p.digest
	r.HashedRekordRequestV002.Signature = p.signatureV2()
	return json.Marshal(r)
}

// bodyV2 returns what Rekor v2 hashes.
func (p *proposal) bodyV2() ([]byte, error) {
	var r hashedRekordV2
	r.APIVersion, r.Kind = "0.0.2", "hashedrekord"
	r.Spec.HashedRekordV002.Data.Algorithm = "SHA2_256"
	r.Spec.HashedRekordV002.Data.Digest = p.digest
	r.Spec.HashedRekordV002.Signature = p.signatureV2()
	return json.Marshal(r)
}

// uploadEntryV2 treats a conflict as an error, as sigstore-go does: Rekor v2 offers no
// way to fetch an entry that it has. So an attempt that was sent gets all the time, and
// is repeated only if it has failed.
func (s *Signer) uploadEntryV2(ctx context.Context, p *proposal) (*rekorv1.TransparencyLogEntry, error) {
	data, err := p.requestV2()
	if err != nil {
		return nil, err
	}
	body, err := p.bodyV2()
	if err != nil {
		return nil, err
	}
	a, err := s.client.do(ctx, &request{
		service: Rekor, base: s.plan.log.URL,
		method: http.MethodPost, url: s.logURL("/api/v2/log/entries"),
		accept: "application/json", contentType: "application/json",
		body: data,
		want: []int{http.StatusCreated}, maxAnswer: maxLogAnswer,
		retry: transientStatuses, patient: true,
	})
	if err != nil {
		return nil, err
	}
	entry, err := parseEntryV2(a.body, body)
	if err != nil {
		return nil, a.refuse("%w", err)
	}
	return entry, nil
}

// parseEntryV2 reads a TransparencyLogEntry whose body must be the one expected.
func parseEntryV2(data, body []byte) (*rekorv1.TransparencyLogEntry, error) {
	answered := new(rekorv1.TransparencyLogEntry)
	// What a later version of the API adds is not stored, so it may be there.
	err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, answered)
	if err != nil {
		return nil, errors.New("not a log entry in JSON")
	}
	if !bytes.Equal(answered.GetCanonicalizedBody(), body) {
		return nil, errors.New("the log entry is not for this signature")
	}
	if answered.GetInclusionProof().GetCheckpoint().GetEnvelope() == "" {
		return nil, errors.New("the log entry has no checkpoint")
	}
	if len(answered.GetInclusionPromise().GetSignedEntryTimestamp()) == 0 {
		answered.InclusionPromise = nil // an empty one is stored as none
	}
	return answered, formError("log entry", cms.CheckLogEntry(answered))
}
