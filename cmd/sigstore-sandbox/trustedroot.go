package main

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"time"

	prototrustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
)

// operator names the sandbox in signing configs.
const operator = "sigstore-sandbox"

// transparencyLog is what a client has to know of a log.
type transparencyLog struct {
	baseURL   string
	id        []byte
	publicKey crypto.PublicKey
}

// newTransparencyLog describes a log whose id is the hash of its key, as those of CT logs and Rekor v1 are.
func newTransparencyLog(baseURL string, key crypto.PublicKey) (transparencyLog, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return transparencyLog{}, err
	}
	id := sha256.Sum256(der)
	return transparencyLog{baseURL: baseURL, id: id[:], publicKey: key}, nil
}

// trustAnchors is what a client has to trust.
type trustAnchors struct {
	fulcio    authority
	timestamp authority
	ctlog     transparencyLog
	rekor     transparencyLog
	rekorV2   transparencyLog
}

// since is when everything began to be valid: a day before the sandbox first ran.
func (t trustAnchors) since() time.Time { return t.fulcio.root().NotBefore }

// saveTrustedRoot writes trusted_root.json.
func (s *sandbox) saveTrustedRoot(trust trustAnchors) error {
	// Logs are written in the order in which they became valid. They are a second apart, so that the same sandbox on
	// the same ports writes the same file.
	logs := func(logs ...transparencyLog) map[string]*root.TransparencyLog {
		m := make(map[string]*root.TransparencyLog, len(logs))
		for i, l := range logs {
			m[hex.EncodeToString(l.id)] = &root.TransparencyLog{
				BaseURL:             l.baseURL,
				ID:                  l.id,
				ValidityPeriodStart: trust.since().Add(time.Duration(i) * time.Second),
				HashFunc:            crypto.SHA256,
				PublicKey:           l.publicKey,
				SignatureHashFunc:   crypto.SHA256,
			}
		}
		return m
	}
	ca, tsa := trust.fulcio, trust.timestamp
	trusted, err := root.NewTrustedRoot(root.TrustedRootMediaType01,
		[]root.CertificateAuthority{&root.FulcioCertificateAuthority{
			Root:                ca.root(),
			Intermediates:       ca.chain[:len(ca.chain)-1],
			ValidityPeriodStart: ca.root().NotBefore,
			URI:                 s.url(serviceFulcio),
		}},
		logs(trust.ctlog),
		[]root.TimestampingAuthority{&root.SigstoreTimestampingAuthority{
			Root:                tsa.root(),
			Leaf:                tsa.chain[0],
			ValidityPeriodStart: tsa.root().NotBefore,
			URI:                 s.url(serviceTimestamp) + timestampPath,
		}},
		logs(trust.rekor, trust.rekorV2))
	if err != nil {
		return err
	}
	return s.saveJSON("trusted_root.json", trusted)
}

// saveSigningConfigs writes signing_config.json for Rekor v1 and signing_config.v2.json for Rekor v2. They differ in
// nothing else.
func (s *sandbox) saveSigningConfigs(since time.Time) error {
	service := func(url string, version uint32) []root.Service {
		return []root.Service{{URL: url, MajorAPIVersion: version, ValidityPeriodStart: since, Operator: operator}}
	}
	anyOne := root.ServiceConfiguration{Selector: prototrustroot.ServiceSelector_ANY}
	for name, rekor := range map[string][]root.Service{
		"signing_config.json":    service(s.url(serviceRekor), 1),
		"signing_config.v2.json": service(s.url(serviceRekorV2), 2),
	} {
		config, err := root.NewSigningConfig(root.SigningConfigMediaType02,
			service(s.url(serviceFulcio), 1),
			service(s.url(serviceOIDC), 1),
			rekor, anyOne,
			service(s.url(serviceTimestamp)+timestampPath, 1), anyOne)
		if err != nil {
			return err
		}
		if err := s.saveJSON(name, config); err != nil {
			return err
		}
	}
	return nil
}

// saveJSON writes a value that marshals itself, indented for people.
func (s *sandbox) saveJSON(name string, v json.Marshaler) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return s.dir.save(name, append(data, '\n'), 0o644)
}
