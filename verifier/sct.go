package verifier

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier/trust"
)

// sigstore-go parses certificate and issuer anew with a second X.509 library
// for each object (verify.VerifySignedCertificateTimestamp), a third of the
// time that judging may take, and passes over a timestamp that fails as long
// as another holds. So this check is done here after RFC 6962; a test holds
// that both agree.

// oidSCTList marks the SignedCertificateTimestampList that a certificate
// carries (RFC 6962, section 3.3).
var oidSCTList = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}

// Numbers of RFC 6962, section 3.2, and RFC 5246, section 7.4.1.4.1.
const (
	sctVersion1              = 0
	sctCertificateTimestamp  = 0
	sctPrecertEntry          = 1
	tlsHashSHA256            = 4
	tlsSignatureRSA          = 1
	tlsSignatureECDSA        = 3
	maxCertificateTimestamps = 16 // public certificates carry one
)

// signedCertificateTimestamp is a log's promise to publish a certificate (RFC
// 6962, section 3.2).
type signedCertificateTimestamp struct {
	logID      []byte
	milliTime  uint64
	extensions []byte
	algorithm  uint8 // of the signature, in TLS's numbers
	signature  []byte
}

func (s *signedCertificateTimestamp) time() time.Time {
	return time.UnixMilli(int64(s.milliTime)).UTC()
}

// CertificateTimestamp is a certificate log's promise, as it stands in a
// certificate.
type CertificateTimestamp struct {
	LogID string    // in hex
	Time  time.Time // UTC
}

// CertificateTimestamps returns the promises embedded in a certificate, in its
// order; none where their list is malformed. It verifies nothing.
func CertificateTimestamps(cert *x509.Certificate) []CertificateTimestamp {
	scts, err := parseSCTs(cert)
	if err != nil {
		return nil
	}
	all := make([]CertificateTimestamp, 0, len(scts))
	for _, sct := range scts {
		all = append(all, CertificateTimestamp{hex.EncodeToString(sct.logID), sct.time()})
	}
	return all
}

var errNoSCT = &missing{"no certificate timestamp: nothing shows that the certificate was published", true}

// promises remembers which certificates carry timestamps that hold, so that a
// certificate that signs many objects costs their signatures once. It is safe
// for parallel use.
type promises struct {
	mu    sync.RWMutex
	known map[promisesKey][]keyWindow
}

// promisesKey is everything that verifySCTs decides by.
type promisesKey struct {
	root         *trust.Root
	cert, issuer [sha256.Size]byte // of the certificates' DER
}

// maxRememberedPromises bounds the certificates that are remembered, some 300
// bytes each; an audit meets the objects of one certificate close together.
const maxRememberedPromises = 1024

// verify is verifySCTs for a certificate that may have been verified before.
// What does not hold is verified each time.
func (p *promises) verify(cert, issuer *x509.Certificate, trusted *trust.Root) ([]keyWindow, error) {
	key := promisesKey{trusted, sha256.Sum256(cert.Raw), sha256.Sum256(issuer.Raw)}
	p.mu.RLock()
	windows, ok := p.known[key]
	p.mu.RUnlock()
	if ok {
		return windows, nil
	}
	windows, err := verifySCTs(cert, issuer, trusted)
	if err != nil {
		return windows, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= maxRememberedPromises {
		p.known = make(map[promisesKey][]keyWindow)
	}
	p.known[key] = slices.Clip(windows)
	return windows, nil
}

// verifySCTs verifies the certificate timestamps embedded in cert (RFC 6962,
// section 3.2), which issuer has signed: at least one log of the root has
// promised to publish it, and no promise by a log of the root is false. It
// returns the logs' windows with the times of their promises, which the caller
// must check.
func verifySCTs(cert, issuer *x509.Certificate, trusted *trust.Root) ([]keyWindow, error) {
	scts, err := parseSCTs(cert)
	if err != nil {
		return nil, err
	}
	if len(scts) == 0 {
		return nil, errNoSCT
	}
	tbs, err := precertTBS(cert)
	if err != nil {
		return nil, err
	}
	var windows []keyWindow
	for _, sct := range scts {
		log := trusted.CTLog(sct.logID)
		if log == nil {
			continue
		}
		if err := sct.verify(log, tbs, issuer.RawSubjectPublicKeyInfo); err != nil {
			return nil, err
		}
		windows = append(windows, keyWindow{"certificate log's key", windowOf(log), sct.time()})
	}
	if windows == nil {
		return nil, &notInRoot{"certificate timestamp is by a log that is not in the trusted root"}
	}
	return windows, nil
}

// parseSCTs returns the timestamps embedded in cert; none is not an error.
func parseSCTs(cert *x509.Certificate) ([]signedCertificateTimestamp, error) {
	value := fulcio.Value(cert, oidSCTList)
	if value == nil {
		return nil, nil
	}
	var octets, list cryptobyte.String
	in := cryptobyte.String(value)
	if !in.ReadASN1(&octets, cbasn1.OCTET_STRING) || !in.Empty() ||
		!octets.ReadUint16LengthPrefixed(&list) || !octets.Empty() || list.Empty() {
		return nil, errors.New("malformed list of certificate timestamps")
	}
	var scts []signedCertificateTimestamp
	for !list.Empty() {
		if len(scts) == maxCertificateTimestamps {
			return nil, &couldNotTell{fmt.Sprintf("more than %d certificate timestamps", maxCertificateTimestamps)}
		}
		var sct signedCertificateTimestamp
		var in, extensions, signature cryptobyte.String
		var version, hash uint8
		if !list.ReadUint16LengthPrefixed(&in) || !in.ReadUint8(&version) {
			return nil, errors.New("malformed certificate timestamp")
		}
		if version != sctVersion1 {
			return nil, &couldNotTell{fmt.Sprintf("certificate timestamp of version %d, which is not known here", version+1)}
		}
		if !in.ReadBytes(&sct.logID, sha256.Size) || !in.ReadUint64(&sct.milliTime) ||
			!in.ReadUint16LengthPrefixed(&extensions) || !in.ReadUint8(&hash) || !in.ReadUint8(&sct.algorithm) ||
			!in.ReadUint16LengthPrefixed(&signature) || !in.Empty() || sct.milliTime > maxMilliTime {
			return nil, errors.New("malformed certificate timestamp")
		}
		if hash != tlsHashSHA256 {
			return nil, &couldNotTell{fmt.Sprintf("certificate timestamp with hash algorithm %d, which is not known here", hash)}
		}
		sct.extensions, sct.signature = extensions, signature
		scts = append(scts, sct)
	}
	return scts, nil
}

// maxMilliTime is the end of the year 9999, the last that a certificate can
// name.
const maxMilliTime = 253402300799999

// verify checks the log's signature over what the certificate authority gave
// to the log: the certificate without the list of timestamps, and the
// authority's key.
func (s *signedCertificateTimestamp) verify(log *root.TransparencyLog, tbs, issuerKey []byte) error {
	issuerKeyHash := sha256.Sum256(issuerKey)
	var b cryptobyte.Builder
	b.AddUint8(sctVersion1)
	b.AddUint8(sctCertificateTimestamp)
	b.AddUint64(s.milliTime)
	b.AddUint16(sctPrecertEntry)
	b.AddBytes(issuerKeyHash[:])
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(tbs) })
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(s.extensions) })
	signed, err := b.Bytes()
	if err != nil {
		return fmt.Errorf("certificate timestamp: %w", err)
	}
	digest := sha256.Sum256(signed)
	ok := false
	switch key := log.PublicKey.(type) {
	case *ecdsa.PublicKey:
		ok = s.algorithm == tlsSignatureECDSA && ecdsa.VerifyASN1(key, digest[:], s.signature)
	case *rsa.PublicKey:
		ok = s.algorithm == tlsSignatureRSA && rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], s.signature) == nil
	default:
		return &couldNotTell{fmt.Sprintf("certificate log's key is of a kind not known here: %T", key)}
	}
	if !ok {
		return errors.New("certificate timestamp is not by that log for this certificate")
	}
	return nil
}

// precertTBS returns the TBSCertificate of cert without the list of
// timestamps (RFC 6962, section 3.2), which is what the log has signed.
func precertTBS(cert *x509.Certificate) ([]byte, error) {
	var tbs, fields, wrapped, extensions cryptobyte.String
	in := cryptobyte.String(cert.RawTBSCertificate)
	if !in.ReadASN1(&tbs, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, errors.New("malformed certificate")
	}
	// The extensions come last, under an explicit [3]: RFC 5280, section 4.1.
	extensionsTag := cbasn1.Tag(3).Constructed().ContextSpecific()
	fields = tbs
	for !tbs.Empty() && !tbs.PeekASN1Tag(extensionsTag) {
		if !tbs.ReadAnyASN1Element(new(cryptobyte.String), new(cbasn1.Tag)) {
			return nil, errors.New("malformed certificate")
		}
	}
	fields = fields[:len(fields)-len(tbs)]
	if !tbs.ReadASN1(&wrapped, extensionsTag) || !tbs.Empty() ||
		!wrapped.ReadASN1(&extensions, cbasn1.SEQUENCE) || !wrapped.Empty() {
		return nil, errors.New("malformed certificate extensions")
	}
	var kept []byte
	for !extensions.Empty() {
		var element, extension cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !extensions.ReadASN1Element(&element, cbasn1.SEQUENCE) {
			return nil, errors.New("malformed certificate extension")
		}
		whole := element
		if !element.ReadASN1(&extension, cbasn1.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&oid) {
			return nil, errors.New("malformed certificate extension")
		}
		if !oid.Equal(oidSCTList) {
			kept = append(kept, whole...)
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(fields)
		if len(kept) == 0 {
			return
		}
		b.AddASN1(extensionsTag, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(kept) })
		})
	})
	return b.Bytes()
}
