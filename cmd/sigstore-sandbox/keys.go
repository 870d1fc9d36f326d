package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

const (
	// keyWarning stands before each private key. PEM readers skip it.
	keyWarning = "A key of a sigstore-sandbox, for tests on one machine. Nobody may trust what it signs.\n"

	// caLifetime and caBackdate bound the certificates of the authorities. A day into the past, so that a client
	// whose clock is behind accepts what was signed in the sandbox's first minutes.
	caLifetime = 10 * 365 * 24 * time.Hour
	caBackdate = 24 * time.Hour
)

// keyring keeps private keys and certificate chains in the state directory. What is there is used again, so that
// signatures outlive a restart.
type keyring struct {
	dir *stateDir
}

// path is where the key called name is kept, in PKCS #8 and PEM, unencrypted.
func (k keyring) path(name string) string { return k.dir.path("keys", name+".key.pem") }

// signer loads the key called name, or generates and keeps it.
func (k keyring) signer(name string, generate func() (crypto.Signer, error)) (crypto.Signer, error) {
	data, err := os.ReadFile(k.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return k.newSigner(name, generate)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, damaged(k.path(name), errors.New("not PEM"))
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, damaged(k.path(name), err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, damaged(k.path(name), fmt.Errorf("a %T cannot sign", key))
	}
	return signer, nil
}

func (k keyring) newSigner(name string, generate func() (crypto.Signer, error)) (crypto.Signer, error) {
	signer, err := generate()
	if err != nil {
		return nil, fmt.Errorf("generate key %q: %w", name, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, fmt.Errorf("marshal key %q: %w", name, err)
	}
	data := append([]byte(keyWarning), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	return signer, k.dir.save("keys/"+name+".key.pem", data, 0o600)
}

func generateP256() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }
func generateP384() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P384(), rand.Reader) }

func generateEd25519() (crypto.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

// authority is a certificate authority or a timestamp authority: a key, and the chain from its certificate to a root.
type authority struct {
	signer    crypto.Signer
	chain     []*x509.Certificate // the signer's first, the root last
	chainPath string              // the chain in PEM
}

func (a authority) root() *x509.Certificate { return a.chain[len(a.chain)-1] }

// fulcioAuthority is Fulcio's: an intermediate certificate authority for code signing below a root, both P-384, as
// the public-good instance has them.
func (k keyring) fulcioAuthority() (authority, error) {
	return k.authority("fulcio", &x509.Certificate{
		Subject:               subject("Fulcio intermediate"),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	})
}

// timestampAuthority is the timestamp authority's: a leaf below a root, both P-384.
func (k keyring) timestampAuthority() (authority, error) {
	// RFC 3161, section 2.3: the extended key usage is critical and has one value. crypto/x509 alone would not mark
	// it critical.
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		return authority{}, err
	}
	return k.authority("timestamp", &x509.Certificate{
		Subject:         subject("timestamp authority"),
		KeyUsage:        x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}},
	})
}

func subject(name string) pkix.Name {
	return pkix.Name{Organization: []string{"sigstore-sandbox, for tests only"}, CommonName: name}
}

// authority loads key and chain of the authority called name, or makes them with template for the signer's certificate.
func (k keyring) authority(name string, template *x509.Certificate) (authority, error) {
	signer, err := k.signer(name, generateP384)
	if err != nil {
		return authority{}, err
	}
	file := "keys/" + name + ".chain.pem"
	a := authority{signer: signer, chainPath: k.dir.path(file)}
	data, err := os.ReadFile(a.chainPath)
	if errors.Is(err, fs.ErrNotExist) {
		if a.chain, err = newChain(signer.Public(), template); err != nil {
			return authority{}, err
		}
		if data, err = cryptoutils.MarshalCertificatesToPEM(a.chain); err != nil {
			return authority{}, err
		}
		return a, k.dir.save(file, data, 0o644)
	}
	if err != nil {
		return authority{}, err
	}
	if a.chain, err = cryptoutils.UnmarshalCertificatesFromPEM(data); err != nil {
		return authority{}, damaged(a.chainPath, err)
	}
	if len(a.chain) < 2 {
		return authority{}, damaged(a.chainPath, fmt.Errorf("%d certificates; want 2", len(a.chain)))
	}
	if err := cryptoutils.EqualKeys(a.chain[0].PublicKey, signer.Public()); err != nil {
		return authority{}, damaged(a.chainPath, err)
	}
	return a, nil
}

// newChain issues a certificate for pub below a new root, whose key is dropped: nothing else is ever issued by it.
func newChain(pub crypto.PublicKey, template *x509.Certificate) ([]*x509.Certificate, error) {
	rootKey, err := generateP384()
	if err != nil {
		return nil, err
	}
	notBefore := time.Now().Add(-caBackdate).UTC().Truncate(time.Second)
	rootTemplate := &x509.Certificate{
		Subject:               subject(template.Subject.CommonName + " root"),
		NotBefore:             notBefore,
		NotAfter:              notBefore.Add(caLifetime),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLen:            1,
	}
	template.NotBefore, template.NotAfter = rootTemplate.NotBefore, rootTemplate.NotAfter
	root, err := issue(rootTemplate, rootTemplate, rootKey.Public(), rootKey)
	if err != nil {
		return nil, fmt.Errorf("issue root: %w", err)
	}
	cert, err := issue(template, root, pub, rootKey)
	if err != nil {
		return nil, fmt.Errorf("issue %s: %w", template.Subject.CommonName, err)
	}
	return []*x509.Certificate{cert, root}, nil
}

func issue(template, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
