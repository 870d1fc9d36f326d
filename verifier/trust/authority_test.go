package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
)

var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// issue makes a certificate for a fresh key, valid for the days given.
func issue(t *testing.T, parent *x509.Certificate, parentKey *ecdsa.PrivateKey, days int, change func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, NotBefore: begin, NotAfter: begin.AddDate(0, 0, days),
		Subject: pkix.Name{CommonName: serial.String()}, BasicConstraintsValid: true,
	}
	change(template)
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func authority(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }

func leafFor(address string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.EmailAddresses = []string{address}
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	}
}

// TestConstraintsAboveTheIssuerBindEveryLeaf holds that a name which the root
// excludes is refused after others have passed.
func TestConstraintsAboveTheIssuerBindEveryLeaf(t *testing.T) {
	t.Parallel()
	rootCert, rootKey := issue(t, nil, nil, 100, func(c *x509.Certificate) {
		authority(c)
		c.ExcludedEmailAddresses = []string{"example.org"}
	})
	issuing, issuingKey := issue(t, rootCert, rootKey, 100, authority)
	ca := newCertificateAuthority(&root.FulcioCertificateAuthority{Root: rootCert, Intermediates: []*x509.Certificate{issuing}})
	for range 2 {
		allowed, _ := issue(t, issuing, issuingKey, 1, leafFor("ana@example.com"))
		if _, err := ca.Verify(allowed, begin); err != nil {
			t.Errorf("allowed name: %v", err)
		}
		excluded, _ := issue(t, issuing, issuingKey, 1, leafFor("eve@example.org"))
		if _, err := ca.Verify(excluded, begin); err == nil {
			t.Error("excluded name passes")
		}
	}
}

// TestEveryWindowCountsEveryTime asks about one leaf, known and not, at times
// that lie outside one certificate or the authority's window each.
func TestEveryWindowCountsEveryTime(t *testing.T) {
	t.Parallel()
	rootCert, rootKey := issue(t, nil, nil, 100, authority)
	issuing, issuingKey := issue(t, rootCert, rootKey, 50, authority)
	ca := newCertificateAuthority(&root.FulcioCertificateAuthority{
		Root: rootCert, Intermediates: []*x509.Certificate{issuing},
		ValidityPeriodStart: begin, ValidityPeriodEnd: begin.AddDate(0, 0, 20),
	})
	for _, leafDays := range []int{10, 30, 70, 200} {
		leaf, _ := issue(t, issuing, issuingKey, leafDays, leafFor("ana@example.com"))
		for _, tt := range []struct {
			day          int
			path, window bool
		}{
			{-1, false, false},
			{0, true, true},
			{10, true, true},
			{20, leafDays >= 20, leafDays >= 20},
			{21, leafDays >= 21, false},
			{50, leafDays >= 50, false},
			{51, false, false},
			{101, false, false},
			{0, true, true},
		} {
			at := begin.AddDate(0, 0, tt.day)
			if _, err := ca.VerifyPath(leaf, at); (err == nil) != tt.path {
				t.Errorf("leaf of %d days on day %d: path: %v", leafDays, tt.day, err)
			}
			if _, err := ca.Verify(leaf, at); (err == nil) != tt.window {
				t.Errorf("leaf of %d days on day %d: %v", leafDays, tt.day, err)
			}
		}
	}
}

// TestMemoryIsBounded holds that an authority forgets rather than grows.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	rootCert, _ := issue(t, nil, nil, 100, authority)
	ca := newCertificateAuthority(&root.FulcioCertificateAuthority{Root: rootCert})
	iss := newIssuer([]*x509.Certificate{rootCert})
	for i := range 3 * maxRememberedLeaves {
		ca.remember(sha256.Sum256(big.NewInt(int64(i)).Bytes()), iss)
	}
	if n := len(ca.leaves); n > maxRememberedLeaves {
		t.Errorf("%d leaves remembered, at most %d", n, maxRememberedLeaves)
	}
}
