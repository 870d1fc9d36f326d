package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// The faults of a log's own.
const (
	faultAnotherEntry       = "another-entry"       // a real entry of the log, of something else
	faultUnsignedCheckpoint = "unsigned-checkpoint" // the checkpoint without its signatures
	faultWrongProof         = "wrong-proof"         // the real inclusion proof of another entry
)

// logSpoils are the faults of a log's own. propose makes what the log is asked to take in when an entry of something
// else is needed.
func logSpoils(propose func() ([]byte, error)) map[string]spoil {
	return map[string]spoil{
		faultAnotherEntry: spoilEntry(func(w http.ResponseWriter, r *http.Request, next http.Handler) error {
			other, err := anotherEntry(next, r, propose)
			if err != nil {
				return err
			}
			other.send(w)
			return nil
		}),
		faultUnsignedCheckpoint: spoilEntry(func(w http.ResponseWriter, r *http.Request, next http.Handler) error {
			return changeEntry(w, answerOf(next, r), unsignCheckpoint)
		}),
		faultWrongProof: spoilEntry(func(w http.ResponseWriter, r *http.Request, next http.Handler) error {
			entry := answerOf(next, r)
			other, err := anotherEntry(next, r, propose)
			if err != nil {
				return err
			}
			from, err := proofHolder(other.body.Bytes())
			if err != nil {
				return err
			}
			return changeEntry(w, entry, func(entry map[string]any) error {
				entry[inclusionProof] = from.holder[inclusionProof]
				return nil
			})
		}),
	}
}

// spoilEntry spoils the answer to a new entry and nothing else.
func spoilEntry(spoil func(w http.ResponseWriter, r *http.Request, next http.Handler) error) spoil {
	return func(_ *fault, next http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/log/entries") {
			next.ServeHTTP(w, r)
			return
		}
		if err := spoil(w, r, next); err != nil {
			http.Error(w, "fault: "+err.Error(), http.StatusInternalServerError)
		}
	}
}

// anotherEntry has the log take in something else.
func anotherEntry(log http.Handler, r *http.Request, propose func() ([]byte, error)) (*recordedAnswer, error) {
	body, err := propose()
	if err != nil {
		return nil, err
	}
	a := answerOf(log, withBody(r, body))
	if a.status != http.StatusCreated {
		return nil, fmt.Errorf("another entry: %d %s", a.status, &a.body)
	}
	return a, nil
}

const inclusionProof = "inclusionProof"

// logAnswer is the JSON of a log's answer, and the object in it that holds the inclusion proof.
type logAnswer struct {
	whole  any
	holder map[string]any
}

// proofHolder reads a log's answer. Rekor v1 has the proof in the verification of the one entry under its id, Rekor v2
// at the top.
func proofHolder(answer []byte) (logAnswer, error) {
	var a logAnswer
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.UseNumber()
	if err := decoder.Decode(&a.whole); err != nil {
		return a, err
	}
	a.holder = findHolder(a.whole)
	if a.holder == nil {
		return a, errors.New("no inclusion proof")
	}
	return a, nil
}

func findHolder(v any) map[string]any {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	if _, ok := object[inclusionProof]; ok {
		return object
	}
	for _, member := range object {
		if holder := findHolder(member); holder != nil {
			return holder
		}
	}
	return nil
}

// changeEntry sends an answer with a change to what holds its inclusion proof. An error of the log's own is sent as it
// is.
func changeEntry(w http.ResponseWriter, a *recordedAnswer, change func(holder map[string]any) error) error {
	if a.status != http.StatusCreated {
		a.send(w)
		return nil
	}
	parsed, err := proofHolder(a.body.Bytes())
	if err != nil {
		return err
	}
	if err := change(parsed.holder); err != nil {
		return err
	}
	text, err := json.Marshal(parsed.whole)
	if err != nil {
		return err
	}
	a.header.Del("Content-Length")
	a.body = *bytes.NewBuffer(text)
	a.send(w)
	return nil
}

// unsignCheckpoint cuts the signatures off a checkpoint (C2SP signed-note: they follow an empty line).
func unsignCheckpoint(holder map[string]any) error {
	proof, _ := holder[inclusionProof].(map[string]any)
	field, container := "checkpoint", proof // Rekor v1
	if wrapped, ok := proof["checkpoint"].(map[string]any); ok {
		field, container = "envelope", wrapped // Rekor v2
	}
	note, _ := container[field].(string)
	text, _, ok := strings.Cut(note, "\n\n")
	if !ok {
		return errors.New("no signed checkpoint")
	}
	container[field] = text + "\n\n"
	return nil
}

// somethingElse is a digest with the signature of a key that nobody keeps.
type somethingElse struct {
	digest    [sha256.Size]byte
	signature []byte
	publicKey []byte // DER
}

func newSomethingElse() (somethingElse, error) {
	var s somethingElse
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return s, err
	}
	if _, err := io.ReadFull(rand.Reader, s.digest[:]); err != nil {
		return s, err
	}
	if s.signature, err = ecdsa.SignASN1(rand.Reader, key, s.digest[:]); err != nil {
		return s, err
	}
	s.publicKey, err = x509.MarshalPKIXPublicKey(&key.PublicKey)
	return s, err
}

// proposeV1 is a hashedrekord of something else, for Rekor v1.
func proposeV1() ([]byte, error) {
	s, err := newSomethingElse()
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"apiVersion": "0.0.1", "kind": "hashedrekord",
		"spec": map[string]any{
			"data": map[string]any{"hash": map[string]any{"algorithm": "sha256", "value": hex.EncodeToString(s.digest[:])}},
			"signature": map[string]any{
				"content":   s.signature,
				"publicKey": map[string]any{"content": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: s.publicKey})},
			},
		},
	})
}

// proposeV2 is a hashedrekord of something else, for Rekor v2.
func proposeV2() ([]byte, error) {
	s, err := newSomethingElse()
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"hashedRekordRequestV002": map[string]any{
			"digest": s.digest[:],
			"signature": map[string]any{
				"content": s.signature,
				"verifier": map[string]any{
					"keyDetails": "PKIX_ECDSA_P256_SHA_256",
					"publicKey":  map[string]any{"rawBytes": s.publicKey},
				},
			},
		},
	})
}
