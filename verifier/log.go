package verifier

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier/trust"
)

// sigstore-go judges a log entry in one step (verify.VerifyTlogEntry), which
// says less than a verdict needs: it has one error for five checks, passes
// over an entry whose signed entry timestamp fails, and does not check the
// window of a checkpoint's key. So each check is made here by itself after its
// specification, and a test shows that sigstore-go takes no entry that is
// refused here for its mathematics.

// logEvidence is the log entry of a signature, with the proofs worked out once.
type logEvidence struct {
	entry      *rekorv1.TransparencyLogEntry // nil when there is none, or none that can be read
	checkpoint *cms.Checkpoint               // the entry's
	err        error                         // the reason if entry is nil
	log        *root.TransparencyLog         // nil when the root does not know it

	inclusionErr error // of the inclusion proof
	promiseErr   error // of the signed entry timestamp
}

// errNoEntry stands for every check about a log entry that is not there.
var errNoEntry = &missing{"no log entry in the signature", false}

// readLogEvidence reads the entry, which package cms has rebuilt over this
// signature's own digest, signature value and certificate, and works out
// whether promise and proof are about that. The form of an entry, with one
// legal value for each field that nothing signs, is package cms's to hold.
func readLogEvidence(signed *cms.SignedData, trusted *trust.Root) logEvidence {
	var e logEvidence
	if signed.SignerInfo.LogEntry == nil {
		e.err = errNoEntry
		return e
	}
	if e.entry, e.err = signed.TransparencyLogEntry(); e.err != nil {
		e.entry = nil
		return e
	}
	if e.checkpoint, e.err = cms.ParseCheckpoint(e.entry.GetInclusionProof().GetCheckpoint().GetEnvelope()); e.err != nil {
		e.entry = nil
		return e
	}
	e.log = trusted.Log(e.entry.GetLogId().GetKeyId())
	e.inclusionErr = e.verifyInclusion()
	e.promiseErr = e.verifyPromise()
	return e
}

// version is 1 or 2, for an entry of Rekor v1 or v2; 0 when there is none.
// Package cms tells them apart by the checkpoint's origin and names the kind of
// the body accordingly.
func (e *logEvidence) version() int {
	switch e.entry.GetKindVersion().GetVersion() {
	case "0.0.1":
		return 1
	case "0.0.2":
		return 2
	}
	return 0
}

// integratedTime is when the log says that it took the entry in; zero when it
// does not say.
func (e *logEvidence) integratedTime() time.Time {
	if e.entry == nil || e.entry.GetIntegratedTime() == 0 {
		return time.Time{}
	}
	return time.Unix(e.entry.GetIntegratedTime(), 0).UTC()
}

func (e *logEvidence) info() LogInfo {
	if e.entry == nil {
		return LogInfo{}
	}
	i := LogInfo{
		KeyID:          hex.EncodeToString(e.entry.GetLogId().GetKeyId()),
		Index:          e.entry.GetLogIndex(),
		Version:        e.version(),
		TreeSize:       e.entry.GetInclusionProof().GetTreeSize(),
		IntegratedTime: e.integratedTime(),
	}
	i.Origin, i.Cosigners = e.checkpoint.Origin, cosigners(e.checkpoint, e.log)
	if e.log != nil {
		i.URL = e.log.BaseURL
	}
	return i
}

// known is the error of a check that needs the entry and its log's key.
func (e *logEvidence) known() error {
	switch {
	case errors.Is(e.err, errNoEntry):
		return errNoEntry
	case e.err != nil:
		return &couldNotTell{"log entry cannot be read"}
	case e.log == nil:
		return &notInRoot{"log entry is of a log that is not in the trusted root"}
	}
	return nil
}

// checkEntry checks that there is an entry, of a known log, and that promise
// or proof bind it to this signature.
func (e *logEvidence) checkEntry() error {
	switch {
	case errors.Is(e.err, errNoEntry):
		return &missing{"no log entry in the signature", true}
	case e.err != nil:
		return e.err
	case e.log == nil:
		return e.known()
	case e.promiseErr != nil && e.inclusionErr != nil:
		return errors.New("log entry does not fit this signature, digest and certificate")
	}
	return nil
}

// verifyInclusion checks the Merkle path from the entry to the root hash that
// the proof names (RFC 6962, section 2.1.1; RFC 9162, section 2.1.3.2).
func (e *logEvidence) verifyInclusion() error {
	p := e.entry.GetInclusionProof()
	leaf := rfc6962.DefaultHasher.HashLeaf(e.entry.GetCanonicalizedBody())
	err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(p.GetLogIndex()), uint64(p.GetTreeSize()), leaf, p.GetHashes(), p.GetRootHash())
	if err != nil {
		return errors.New("inclusion proof does not lead from this signature to the log's root hash")
	}
	return nil
}

func (e *logEvidence) checkInclusionProof() error {
	if e.err != nil {
		return e.known()
	}
	return e.inclusionErr
}

// checkCheckpoint checks that the log has signed the tree that the inclusion
// proof is about (C2SP tlog-checkpoint).
func (e *logEvidence) checkCheckpoint() error {
	if err := e.known(); err != nil {
		return err
	}
	return checkCheckpoint(e.checkpoint, e.log)
}

// verifyPromise checks the signed entry timestamp of Rekor v1: the log's
// signature over the canonical JSON (RFC 8785) of body, time, log id and index.
func (e *logEvidence) verifyPromise() error {
	promise := e.entry.GetInclusionPromise()
	if promise == nil {
		return &missing{"no signed entry timestamp: Rekor v2 has none", false}
	}
	if e.log == nil {
		return e.known()
	}
	key, ok := e.log.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return &couldNotTell{fmt.Sprintf("signed entry timestamp by a key of the kind %T", e.log.PublicKey)}
	}
	digest := sha256.Sum256(fmt.Appendf(nil, `{"body":"%s","integratedTime":%d,"logID":"%x","logIndex":%d}`,
		base64.StdEncoding.EncodeToString(e.entry.GetCanonicalizedBody()), e.entry.GetIntegratedTime(),
		e.entry.GetLogId().GetKeyId(), e.entry.GetLogIndex()))
	if !ecdsa.VerifyASN1(key, digest[:], promise.GetSignedEntryTimestamp()) {
		return errors.New("signed entry timestamp is not the log's for this signature, time and index")
	}
	return nil
}

func (e *logEvidence) checkSignedEntryTimestamp() error {
	if e.err != nil {
		return e.known()
	}
	return e.promiseErr
}
