package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	trustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"google.golang.org/protobuf/encoding/protojson"
)

// Root is one instance's trusted root (sigstore protobuf-specs, TrustedRoot): certificate
// authorities, certificate transparency logs, transparency logs and timestamp authorities,
// each with its validity window. It is safe for concurrent use.
type Root struct {
	// Name is the short name that people and policies use, such as
	// "public-good".
	Name string
	// Source says where the root comes from, for reports: a path, or "built in".
	Source string
	// Digest is the SHA-256 of the JSON as it was read.
	Digest [sha256.Size]byte
	// JSON is the JSON as it was read. It must not be changed.
	JSON []byte
	// Version is that of the TUF targets.json that lists the root, or 0 if it is not
	// known: the JSON does not contain it.
	Version int64

	root.BaseTrustedMaterial
	authorities []*CertificateAuthority
	timestamps  []*TimestampingAuthority
	logs        map[string]*root.TransparencyLog
	ctLogs      map[string]*root.TransparencyLog
}

var _ root.TrustedMaterial = (*Root)(nil)

// ParseRoot parses a trusted_root.json (media type
// application/vnd.dev.sigstore.trustedroot+json;version=0.1). It returns an error for unknown
// and duplicate fields, trailing bytes, two logs with one ID, and a root without a
// certificate authority.
func ParseRoot(name, source string, json []byte) (*Root, error) {
	if len(json) > maxRootSize {
		return nil, fmt.Errorf("trusted root %q: larger than the limit of %d bytes", source, maxRootSize)
	}
	if len(bytes.TrimSpace(json)) == 0 {
		return nil, fmt.Errorf("trusted root %q is empty", source)
	}
	pb := new(trustroot.TrustedRoot)
	if err := protojson.Unmarshal(json, pb); err != nil {
		return nil, fmt.Errorf("trusted root %q: %w", source, err)
	}
	if err := checkRoot(pb); err != nil {
		return nil, fmt.Errorf("trusted root %q: %w", source, err)
	}
	parsed, err := root.NewTrustedRootFromProtobuf(pb)
	if err != nil {
		return nil, fmt.Errorf("trusted root %q: %w", source, err)
	}

	r := &Root{Name: name, Source: source, Digest: sha256.Sum256(json), JSON: bytes.Clone(json), logs: parsed.RekorLogs(), ctLogs: parsed.CTLogs()}
	for _, ca := range parsed.FulcioCertificateAuthorities() {
		fulcio, ok := ca.(*root.FulcioCertificateAuthority)
		if !ok {
			return nil, fmt.Errorf("trusted root %q: unsupported type of certificate authority %T", source, ca)
		}
		r.authorities = append(r.authorities, newCertificateAuthority(fulcio))
	}
	for _, tsa := range parsed.TimestampingAuthorities() {
		sigstore, ok := tsa.(*root.SigstoreTimestampingAuthority)
		if !ok || sigstore.Root == nil {
			return nil, fmt.Errorf("trusted root %q: timestamp authority without a root certificate", source)
		}
		r.timestamps = append(r.timestamps, newTimestampingAuthority(sigstore))
	}
	return r, nil
}

// Load reads the trusted root in the file at path, which is also its name and source.
func Load(path string) (*Root, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("trusted root: %w", err)
	}
	defer f.Close()
	json, err := io.ReadAll(io.LimitReader(f, maxRootSize+1))
	if err != nil {
		return nil, fmt.Errorf("trusted root: %w", err)
	}
	return ParseRoot(path, path, json)
}

// checkRoot returns an error for what sigstore-go accepts silently: no authority at all, a
// second log with the ID of the first (the last would win), and numbers above the limits.
func checkRoot(pb *trustroot.TrustedRoot) error {
	if len(pb.GetCertificateAuthorities()) == 0 {
		return errors.New("contains no certificate authority")
	}
	for _, cas := range [][]*trustroot.CertificateAuthority{pb.GetCertificateAuthorities(), pb.GetTimestampAuthorities()} {
		if len(cas) > maxAuthorities {
			return fmt.Errorf("%d authorities; the limit is %d", len(cas), maxAuthorities)
		}
		for _, ca := range cas {
			if n := len(ca.GetCertChain().GetCertificates()); n > maxPathLength {
				return fmt.Errorf("authority %q has %d certificates; the limit is %d", ca.GetUri(), n, maxPathLength)
			}
		}
	}
	for _, logs := range [][]*trustroot.TransparencyLogInstance{pb.GetTlogs(), pb.GetCtlogs()} {
		if len(logs) > maxAuthorities {
			return fmt.Errorf("%d logs; the limit is %d", len(logs), maxAuthorities)
		}
		seen := make(map[string]bool)
		for _, l := range logs {
			id := string(l.GetLogId().GetKeyId())
			if seen[id] {
				return fmt.Errorf("duplicate log ID %x", id)
			}
			seen[id] = true
		}
	}
	return nil
}

// CertificateAuthorities returns the authorities that issue signing
// certificates, in the order of the file.
func (r *Root) CertificateAuthorities() []*CertificateAuthority { return r.authorities }

// TimestampAuthorities returns the RFC 3161 authorities, in the order of the
// file.
func (r *Root) TimestampAuthorities() []*TimestampingAuthority { return r.timestamps }

// HasCertificate reports whether der is a certificate of one of the root's
// certificate authorities.
func (r *Root) HasCertificate(der []byte) bool {
	for _, ca := range r.authorities {
		for _, c := range ca.Certificates() {
			if bytes.Equal(c.Raw, der) {
				return true
			}
		}
	}
	return false
}

// Log returns the transparency log with this ID, or nil.
func (r *Root) Log(id []byte) *root.TransparencyLog { return r.logs[hex.EncodeToString(id)] }

// CTLog returns the certificate transparency log with this ID (RFC 6962, section 3.2), or
// nil.
func (r *Root) CTLog(id []byte) *root.TransparencyLog { return r.ctLogs[hex.EncodeToString(id)] }

// FulcioCertificateAuthorities is CertificateAuthorities for sigstore-go.
func (r *Root) FulcioCertificateAuthorities() []root.CertificateAuthority {
	cas := make([]root.CertificateAuthority, len(r.authorities))
	for i, ca := range r.authorities {
		cas[i] = ca
	}
	return cas
}

// TimestampingAuthorities is TimestampAuthorities for sigstore-go.
func (r *Root) TimestampingAuthorities() []root.TimestampingAuthority {
	tsas := make([]root.TimestampingAuthority, len(r.timestamps))
	for i, tsa := range r.timestamps {
		tsas[i] = tsa
	}
	return tsas
}

// RekorLogs returns the transparency logs by their IDs in hex. The map is shared: callers
// must not change it.
func (r *Root) RekorLogs() map[string]*root.TransparencyLog { return r.logs }

// CTLogs returns the certificate transparency logs by their IDs in hex. The map is shared:
// callers must not change it.
func (r *Root) CTLogs() map[string]*root.TransparencyLog { return r.ctLogs }
