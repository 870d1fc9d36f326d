package signer

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"

	"github.com/git-seal/git-seal/cms"
)

const pathEntriesV1 = "/api/v1/log/entries"

// hashedRekordV1 is a hashedrekord 0.0.1. Its fields are in the order of canonical JSON
// (RFC 8785), and none contains what JSON escapes. So what is sent is, byte for byte,
// what the log stores.
type hashedRekordV1 struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       struct {
		Data struct {
			Hash struct {
				Algorithm string `json:"algorithm"`
				Value     string `json:"value"` // hex
			} `json:"hash"`
		} `json:"data"`
		Signature struct {
			Content   []byte `json:"content"`
			PublicKey struct {
				Content []byte `json:"content"` // PEM
			} `json:"publicKey"`
		} `json:"signature"`
	} `json:"spec"`
}

// logEntryV1 is the part of Rekor's LogEntry (openapi.yaml) that is used.
type logEntryV1 struct {
	Body           []byte `json:"body"`
	IntegratedTime int64  `json:"integratedTime"`
	LogID          string `json:"logID"` // hex
	LogIndex       int64  `json:"logIndex"`
	Verification   struct {
		InclusionProof struct {
			Checkpoint string   `json:"checkpoint"`
			Hashes     []string `json:"hashes"` // hex
			LogIndex   int64    `json:"logIndex"`
			RootHash   string   `json:"rootHash"` // hex
			TreeSize   int64    `json:"treeSize"`
		} `json:"inclusionProof"`
		SignedEntryTimestamp []byte `json:"signedEntryTimestamp"`
	} `json:"verification"`
}

// bodyV1 returns both what is sent to Rekor v1 and what it hashes.
func (p *proposal) bodyV1() ([]byte, error) {
	var r hashedRekordV1
	r.APIVersion, r.Kind = "0.0.1", "hashedrekord"
	r.Spec.Data.Hash.Algorithm = "sha256"
	r.Spec.Data.Hash.Value = hex.EncodeToString(p.digest)
	r.Spec.Signature.Content = p.signature
	r.Spec.Signature.PublicKey.Content = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certificate.Raw})
	return json.Marshal(r)
}

func (s *Signer) uploadEntryV1(ctx context.Context, p *proposal) (*rekorv1.TransparencyLogEntry, error) {
	body, err := p.bodyV1()
	if err != nil {
		return nil, err
	}
	r := &request{
		service: Rekor, base: s.plan.log.URL,
		method: http.MethodPost, url: s.logURL(pathEntriesV1),
		accept: "application/json", contentType: "application/json",
		body: body,
		want: []int{http.StatusCreated, http.StatusConflict}, maxAnswer: maxLogAnswer,
		retry: transientStatuses, // if the log has the entry already, it answers with a conflict
	}
	a, err := s.client.do(ctx, r)
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusConflict {
		// The log has it already: from an attempt whose answer was lost.
		if a, err = s.fetchEntryV1(ctx, a); err != nil {
			return nil, err
		}
	}
	entry, err := parseEntryV1(a.body, body)
	if err != nil {
		return nil, a.refuse("%w", err)
	}
	return entry, nil
}

// fetchEntryV1 fetches the entry that a conflict points to.
func (s *Signer) fetchEntryV1(ctx context.Context, conflict *answer) (*answer, error) {
	uuid := path.Base(conflict.header.Get("Location"))
	// The tree ID before the hash is optional.
	if b, err := hex.DecodeString(uuid); err != nil || (len(b) != 32 && len(b) != 40) {
		return nil, conflict.refuse("an equal entry exists at %.*q, which is not an entry ID", maxExcerpt, conflict.header.Get("Location"))
	}
	return s.client.do(ctx, &request{
		service: Rekor, base: conflict.request.base,
		method: http.MethodGet, url: s.logURL(pathEntriesV1 + "/" + uuid),
		accept: "application/json",
		want:   []int{http.StatusOK}, maxAnswer: maxLogAnswer,
		// Between accepting an entry and adding it to the tree, the log reports a
		// conflict and cannot show the entry.
		retry: append([]int{http.StatusNotFound}, transientStatuses...),
	})
}

// parseEntryV1 reads a LogEntry whose body must be the one that was sent.
func parseEntryV1(data, body []byte) (*rekorv1.TransparencyLogEntry, error) {
	var entries map[string]logEntryV1
	if err := json.Unmarshal(data, &entries); err != nil {
		return nil, errors.New("not a log entry in JSON")
	}
	if len(entries) != 1 {
		return nil, fmt.Errorf("%d log entries, want 1", len(entries))
	}
	entry := slices.Collect(maps.Values(entries))[0]
	if !bytes.Equal(entry.Body, body) {
		return nil, errors.New("the log entry is not for this signature")
	}
	stored, err := entry.protobuf()
	if err != nil {
		return nil, err
	}
	return stored, formError("log entry", cms.CheckLogEntry(stored))
}

// protobuf returns the entry in the form in which it is stored.
func (e *logEntryV1) protobuf() (*rekorv1.TransparencyLogEntry, error) {
	proof := &e.Verification.InclusionProof
	if len(e.Verification.SignedEntryTimestamp) == 0 {
		return nil, errors.New("the log entry has no signed entry timestamp")
	}
	if proof.Checkpoint == "" {
		return nil, errors.New("the log entry has no checkpoint")
	}
	logID, err := decodeHash(e.LogID)
	if err != nil {
		return nil, fmt.Errorf("log ID: %w", err)
	}
	root, err := decodeHash(proof.RootHash)
	if err != nil {
		return nil, fmt.Errorf("root hash: %w", err)
	}
	hashes := make([][]byte, len(proof.Hashes))
	for i, h := range proof.Hashes {
		if hashes[i], err = decodeHash(h); err != nil {
			return nil, fmt.Errorf("inclusion proof: %w", err)
		}
	}
	return &rekorv1.TransparencyLogEntry{
		LogIndex:         e.LogIndex,
		LogId:            &protocommon.LogId{KeyId: logID},
		KindVersion:      &rekorv1.KindVersion{Kind: "hashedrekord", Version: "0.0.1"},
		IntegratedTime:   e.IntegratedTime,
		InclusionPromise: &rekorv1.InclusionPromise{SignedEntryTimestamp: e.Verification.SignedEntryTimestamp},
		InclusionProof: &rekorv1.InclusionProof{
			LogIndex:   proof.LogIndex,
			RootHash:   root,
			TreeSize:   proof.TreeSize,
			Hashes:     hashes,
			Checkpoint: &rekorv1.Checkpoint{Envelope: proof.Checkpoint},
		},
		CanonicalizedBody: e.Body,
	}, nil
}

// decodeHash reads a SHA-256 hash in hex.
func decodeHash(s string) ([]byte, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 32 {
		return nil, fmt.Errorf("%q is not a SHA-256 hash in hex", s)
	}
	return b, nil
}
