package cms

import (
	"bytes"
	"fmt"

	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	entryKind      = "hashedrekord"
	entryVersionV1 = "0.0.1"
	entryVersionV2 = "0.0.2"
	hashSize       = 32 // SHA-256, of Merkle nodes and log keys
)

// TransparencyLogEntry reads SignerInfo.LogEntry as docs/format.md §4.1 has it.
// It refuses every encoding but the canonical one, and entries whose fields
// contradict each other. CanonicalizedBody is rebuilt from digest, signature
// and certificate, and KindVersion is that of the body, so that an inclusion
// proof or a signed entry timestamp that verifies over the result is about this
// signature; the empty InclusionPromise that gitsign writes for Rekor v2 is
// left out. Whether they verify is for the caller to check. It returns nil
// and no error when there is no log entry.
func (s *SignedData) TransparencyLogEntry() (*rekorv1.TransparencyLogEntry, error) {
	raw := s.SignerInfo.LogEntry
	if raw == nil {
		return nil, nil
	}
	e, err := parseLogEntry(raw)
	if err != nil {
		return nil, err
	}
	version, err := checkLogEntry(e)
	if err != nil {
		return nil, err
	}
	if !isP256(s.Certificate.PublicKey) || s.SignerInfo.DigestAlgorithm.Algorithm != oidSHA256 {
		return nil, logEntryUnsupported("", "of a signature that is not ECDSA on P-256 with SHA-256")
	}
	e.KindVersion = &rekorv1.KindVersion{Kind: entryKind, Version: version}
	e.CanonicalizedBody = s.logBody(version)
	if version == entryVersionV2 {
		e.InclusionPromise = nil
	}
	return e, nil
}

// CheckLogEntry checks that a log's entry has a form that docs/format.md §4.1
// stores: its fields agree with each other and with the checkpoint. Its body is
// not looked at, and nothing is verified.
func CheckLogEntry(e *rekorv1.TransparencyLogEntry) error {
	stored := proto.CloneOf(e)
	stored.CanonicalizedBody = nil
	_, err := checkLogEntry(stored)
	return err
}

// logEntryMalformed is about a field by its path below the message, such as
// ".log_id.key_id".
func logEntryMalformed(field, format string, args ...any) error {
	return &MalformedError{Field: "TransparencyLogEntry" + field, Reason: fmt.Sprintf(format, args...)}
}

func logEntryUnsupported(field, format string, args ...any) error {
	return &UnsupportedError{Field: "TransparencyLogEntry" + field, Reason: fmt.Sprintf(format, args...)}
}

// parseLogEntry decodes the canonical encoding and no other.
func parseLogEntry(raw []byte) (*rekorv1.TransparencyLogEntry, error) {
	if len(raw) > maxLogEntry {
		return nil, logEntryMalformed("", "longer than %d bytes", maxLogEntry)
	}
	e := new(rekorv1.TransparencyLogEntry)
	if err := proto.Unmarshal(raw, e); err != nil {
		return nil, logEntryMalformed("", "not a protobuf TransparencyLogEntry")
	}
	if hasUnknown(e.ProtoReflect()) {
		return nil, logEntryMalformed("", "holds unknown fields")
	}
	again, err := marshalLogEntry(e)
	if err != nil || !bytes.Equal(again, raw) {
		return nil, &MalformedError{Field: "TransparencyLogEntry", Offset: difference(again, raw), Reason: "not in canonical encoding"}
	}
	return e, nil
}

// marshalLogEntry writes the canonical encoding. The message has no maps, so
// deterministic order is the order of the field numbers.
func marshalLogEntry(e *rekorv1.TransparencyLogEntry) ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(e)
}

func hasUnknown(m protoreflect.Message) bool {
	if len(m.GetUnknown()) > 0 {
		return true
	}
	found := false
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		// TransparencyLogEntry has no repeated messages and no maps.
		if f.Kind() == protoreflect.MessageKind && !f.IsList() {
			found = hasUnknown(v.Message())
		}
		return !found
	})
	return found
}

// checkLogEntry checks the fields against each other and against the
// checkpoint, and returns the version of the body that the log has hashed.
func checkLogEntry(e *rekorv1.TransparencyLogEntry) (version string, err error) {
	p := e.GetInclusionProof()
	switch {
	case len(e.GetCanonicalizedBody()) > 0:
		return "", logEntryMalformed(".canonicalized_body", "present")
	case len(e.GetLogId().GetKeyId()) != hashSize:
		return "", logEntryMalformed(".log_id.key_id", "%d bytes, want %d", len(e.GetLogId().GetKeyId()), hashSize)
	case e.GetKindVersion().GetKind() != entryKind:
		return "", logEntryUnsupported(".kind_version.kind", "%q", e.GetKindVersion().GetKind())
	case p == nil:
		return "", logEntryUnsupported(".inclusion_proof", "absent")
	case e.GetLogIndex() < 0:
		return "", logEntryMalformed(".log_index", "negative")
	case e.GetIntegratedTime() < 0 || e.GetIntegratedTime() > maxIntegratedTime:
		return "", logEntryMalformed(".integrated_time", "%d is not from 1970 to 9999", e.GetIntegratedTime())
	case p.GetLogIndex() < 0 || p.GetLogIndex() >= p.GetTreeSize():
		return "", logEntryMalformed(".inclusion_proof.log_index", "%d is outside a tree of size %d", p.GetLogIndex(), p.GetTreeSize())
	case len(p.GetHashes()) > maxHashes:
		return "", logEntryMalformed(".inclusion_proof.hashes", "more than %d", maxHashes)
	}
	for _, h := range p.GetHashes() {
		if len(h) != hashSize {
			return "", logEntryMalformed(".inclusion_proof.hashes", "one of %d bytes, want %d", len(h), hashSize)
		}
	}
	c, err := ParseCheckpoint(p.GetCheckpoint().GetEnvelope())
	if err != nil {
		return "", err
	}
	if c.TreeSize != p.GetTreeSize() {
		return "", logEntryMalformed(".inclusion_proof.tree_size", "%d, the checkpoint has %d", p.GetTreeSize(), c.TreeSize)
	}
	if !bytes.Equal(c.RootHash, p.GetRootHash()) {
		return "", logEntryMalformed(".inclusion_proof.root_hash", "not the checkpoint's")
	}
	if c.RekorV1 {
		return entryVersionV1, checkEntryV1(e)
	}
	return entryVersionV2, checkEntryV2(e)
}

func checkEntryV1(e *rekorv1.TransparencyLogEntry) error {
	switch {
	case e.GetKindVersion().GetVersion() != entryVersionV1:
		return logEntryUnsupported(".kind_version.version", "%q in a Rekor v1 log", e.GetKindVersion().GetVersion())
	case len(e.GetInclusionPromise().GetSignedEntryTimestamp()) == 0:
		return logEntryUnsupported(".inclusion_promise", "absent in a Rekor v1 log")
	case e.GetIntegratedTime() == 0:
		return logEntryUnsupported(".integrated_time", "absent in a Rekor v1 log")
	}
	return nil
}

// checkEntryV2 knows two forms, git-seal's and gitsign's, and no mixture of them.
func checkEntryV2(e *rekorv1.TransparencyLogEntry) error {
	version := e.GetKindVersion().GetVersion()
	switch {
	case version != entryVersionV2 && version != entryVersionV1:
		return logEntryUnsupported(".kind_version.version", "%q in a Rekor v2 log", version)
	case len(e.GetInclusionPromise().GetSignedEntryTimestamp()) > 0:
		return logEntryUnsupported(".inclusion_promise", "present in a Rekor v2 log")
	case (e.GetInclusionPromise() != nil) != (version == entryVersionV1):
		return logEntryUnsupported(".inclusion_promise", "neither git-seal's form of a Rekor v2 entry nor gitsign's")
	case e.GetIntegratedTime() != 0:
		return logEntryUnsupported(".integrated_time", "present in a Rekor v2 log")
	case e.GetLogIndex() != e.GetInclusionProof().GetLogIndex():
		return logEntryMalformed(".log_index", "%d, inclusion_proof.log_index is %d", e.GetLogIndex(), e.GetInclusionProof().GetLogIndex())
	}
	return nil
}
