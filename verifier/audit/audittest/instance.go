// Package audittest makes long signed histories for tests and benchmarks, in
// seconds: a Sigstore in memory issues the certificates, and the commits go
// into a pack that git reads as its own.
package audittest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	common "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	trustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Epoch is when the histories begin.
var Epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Issuer vouches for every signer.
const Issuer = "https://accounts.example.com"

// Signer is the address of the signer with this number.
func Signer(n int) string { return fmt.Sprintf("signer%d@example.com", n) }

const (
	rekorURL    = "https://rekor.example.com"
	rekorOrigin = "rekor.example.com - 1193050959916656506"
	rekorName   = "rekor.example.com"
)

// Instance is a Sigstore in memory as the public-good one is made: a P-384
// certificate authority with an intermediate one, a certificate log and a Rekor
// v1 log with P-256 keys. It does to a signature what the real ones do, but
// stands for logs of 2^24 entries of which it holds none: each inclusion proof
// leads to a root of its own.
type Instance struct {
	root, issuing *x509.Certificate
	key           *ecdsa.PrivateKey // of the issuing certificate
	ctlog, rekor  *ecdsa.PrivateKey
	ctlogID       []byte
	rekorID       []byte
	issuerKeyHash [sha256.Size]byte
}

// NewInstance makes an instance with keys of its own.
func NewInstance() (*Instance, error) {
	i := new(Instance)
	rootKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, err
	}
	for _, k := range []struct {
		key   **ecdsa.PrivateKey
		curve elliptic.Curve
	}{{&i.key, elliptic.P384()}, {&i.ctlog, elliptic.P256()}, {&i.rekor, elliptic.P256()}} {
		if *k.key, err = ecdsa.GenerateKey(k.curve, rand.Reader); err != nil {
			return nil, err
		}
	}
	top := authority("root")
	if i.root, err = create(top, top, rootKey.Public(), rootKey); err != nil {
		return nil, err
	}
	below := authority("issuing")
	below.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	below.MaxPathLenZero = true
	if i.issuing, err = create(below, i.root, i.key.Public(), rootKey); err != nil {
		return nil, err
	}
	i.ctlogID, i.rekorID = keyID(i.ctlog), keyID(i.rekor)
	i.issuerKeyHash = sha256.Sum256(i.issuing.RawSubjectPublicKeyInfo)
	return i, nil
}

func authority(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{Organization: []string{"example.com"}, CommonName: name},
		NotBefore:             Epoch.AddDate(-1, 0, 0),
		NotAfter:              Epoch.AddDate(20, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}

func create(template, parent *x509.Certificate, key crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// keyID is the SHA-256 of a log's key, which is its id (RFC 6962, section 3.2).
func keyID(key *ecdsa.PrivateKey) []byte {
	sum := sha256.Sum256(publicDER(key))
	return sum[:]
}

func publicDER(key *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		panic(err) // a key made by this package
	}
	return der
}

// TrustedRoot returns the instance's trusted_root.json.
func (i *Instance) TrustedRoot() ([]byte, error) {
	valid := &common.TimeRange{Start: timestamppb.New(Epoch.AddDate(-1, 0, 0))}
	log := func(url string, key *ecdsa.PrivateKey) *trustroot.TransparencyLogInstance {
		return &trustroot.TransparencyLogInstance{
			BaseUrl: url, HashAlgorithm: common.HashAlgorithm_SHA2_256, LogId: &common.LogId{KeyId: keyID(key)},
			PublicKey: &common.PublicKey{RawBytes: publicDER(key), KeyDetails: common.PublicKeyDetails_PKIX_ECDSA_P256_SHA_256, ValidFor: valid},
		}
	}
	return protojson.Marshal(&trustroot.TrustedRoot{
		MediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		Tlogs:     []*trustroot.TransparencyLogInstance{log(rekorURL, i.rekor)},
		Ctlogs:    []*trustroot.TransparencyLogInstance{log("https://ctlog.example.com", i.ctlog)},
		CertificateAuthorities: []*trustroot.CertificateAuthority{{
			Uri: "https://fulcio.example.com", ValidFor: valid,
			CertChain: &common.X509CertificateChain{Certificates: []*common.X509Certificate{{RawBytes: i.issuing.Raw}, {RawBytes: i.root.Raw}}},
		}},
	})
}

// sign is ECDSA over the SHA-256 of message.
func sign(key *ecdsa.PrivateKey, message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	return ecdsa.SignASN1(rand.Reader, key, digest[:])
}
