package verifier_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	common "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	trustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"golang.org/x/crypto/cryptobyte"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier/trust"
)

// epoch is when everything in these tests is signed.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// kind is which evidence a signature carries.
type kind int

const (
	v1        kind = iota // Rekor v1
	v1Stamped             // Rekor v1 and a timestamp
	v2Stamped             // Rekor v2 and a timestamp
	v2                    // Rekor v2 alone
	stamped               // a timestamp alone
	bare                  // nothing
)

var kindNames = map[kind]string{v1: "v1", v1Stamped: "v1 with timestamp", v2Stamped: "v2 with timestamp", v2: "v2", stamped: "timestamp", bare: "nothing"}

func (k kind) version() int {
	switch k {
	case v1, v1Stamped:
		return 1
	case v2, v2Stamped:
		return 2
	}
	return 0
}

func (k kind) hasTimestamp() bool { return k == v1Stamped || k == v2Stamped || k == stamped }

// ca is a certificate with its key, and those above it.
type ca struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	above []*x509.Certificate
}

// instance is a Sigstore in memory: the keys of a certificate authority, a
// certificate log, a log of each kind and a timestamp authority. It does what
// the real ones do to one signature, by the specifications and without any
// code of the packages under test but the writer of cms.
type instance struct {
	fulcio, fulcioRoot ca
	tsa, tsaRoot       ca
	ctlog              *ecdsa.PrivateKey
	rekor1             *ecdsa.PrivateKey
	rekor2             ed25519.PrivateKey
}

func newKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// seededKey returns the key that a name and a curve always give, so that the
// processes of a fuzzer know one instance.
func seededKey(t testing.TB, curve elliptic.Curve, name string) *ecdsa.PrivateKey {
	t.Helper()
	sum := sha512.Sum512([]byte(name))
	raw := sum[:(curve.Params().BitSize+7)/8]
	raw[0] &= 0x7f // below the curve's order
	key, err := ecdsa.ParseRawPrivateKey(curve, raw)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newInstance returns the instance of this name: the same keys each time, and
// other keys than another's.
func newInstance(t testing.TB, name string, fulcio, tsa elliptic.Curve) *instance {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	i := &instance{
		fulcioRoot: newCA(t, seededKey(t, fulcio, name+" fulcio"), "fulcio"),
		tsaRoot:    newCA(t, seededKey(t, tsa, name+" tsa"), "tsa"),
		ctlog:      seededKey(t, elliptic.P256(), name+" ctlog"),
		rekor1:     seededKey(t, elliptic.P256(), name+" rekor"),
		rekor2:     ed25519.NewKeyFromSeed(seed[:]),
	}
	i.fulcio = i.fulcioRoot.issuing(t, seededKey(t, fulcio, name+" fulcio intermediate"))
	i.tsa = i.tsaRoot.timestamping(t, seededKey(t, tsa, name+" tsa signer"), func(*x509.Certificate) {})
	return i
}

func newCA(t testing.TB, key *ecdsa.PrivateKey, name string) ca {
	t.Helper()
	template := caTemplate(name)
	return ca{cert: create(t, template, template, key.Public(), key), key: key}
}

// serialNumber returns a number that no certificate has.
func serialNumber() *big.Int {
	raw := make([]byte, 15)
	rand.Read(raw)
	raw[0] |= 1
	return new(big.Int).SetBytes(raw)
}

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          serialNumber(),
		Subject:               pkix.Name{Organization: []string{"example.com"}, CommonName: name},
		NotBefore:             epoch.AddDate(-1, 0, 0),
		NotAfter:              epoch.AddDate(9, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}

// issuing returns an intermediate authority.
func (c ca) issuing(t testing.TB, key *ecdsa.PrivateKey) ca {
	t.Helper()
	template := caTemplate("fulcio intermediate")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	template.MaxPathLenZero = true
	return ca{cert: create(t, template, c.cert, key.Public(), c.key), key: key, above: append([]*x509.Certificate{c.cert}, c.above...)}
}

// impostor returns a certificate with the name and key identifier of cert for
// another key.
func (c ca) impostor(t testing.TB, cert *x509.Certificate) ca {
	t.Helper()
	key := newKey(t, elliptic.P256())
	template := caTemplate(cert.Subject.CommonName)
	template.SubjectKeyId = cert.SubjectKeyId
	return ca{cert: create(t, template, c.cert, key.Public(), c.key), key: key}
}

// timestamping returns a signer of timestamps.
func (c ca) timestamping(t testing.TB, key *ecdsa.PrivateKey, change func(*x509.Certificate)) ca {
	t.Helper()
	value, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		t.Fatal(err)
	}
	template := caTemplate("tsa signer")
	template.KeyUsage, template.IsCA = x509.KeyUsageDigitalSignature, false
	id := sha256.Sum256(pkixDER(t, key.Public()))
	template.SubjectKeyId = id[:20]
	template.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: value}}
	change(template)
	return ca{cert: create(t, template, c.cert, key.Public(), c.key), key: key, above: append([]*x509.Certificate{c.cert}, c.above...)}
}

func create(t testing.TB, template, parent *x509.Certificate, pub crypto.PublicKey, signer crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// The URLs of the logs; Rekor v1 signs as rekor.example.com.
const (
	rekor1URL    = "https://rekor.example.com"
	rekor2URL    = "https://log2026-1.rekor.example.com"
	rekor2Origin = "log2026-1.rekor.example.com"
	rekor1Origin = "rekor.example.com - 1193050959916656506"
)

func pkixDER(t testing.TB, key crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func keyID(t testing.TB, key crypto.PublicKey) []byte {
	sum := sha256.Sum256(pkixDER(t, key))
	return sum[:]
}

func noteKeyID(name string, key ed25519.PublicKey) []byte {
	sum := sha256.Sum256(append([]byte(name+"\n\x01"), key...))
	return sum[:]
}

// proto is the trusted root of the instance, for a test to change.
func (i *instance) proto(t testing.TB) *trustroot.TrustedRoot {
	t.Helper()
	valid := func() *common.TimeRange { return &common.TimeRange{Start: timestamppb.New(epoch.AddDate(-1, 0, 0))} }
	chain := func(c ca) *common.X509CertificateChain {
		chain := new(common.X509CertificateChain)
		for _, cert := range append([]*x509.Certificate{c.cert}, c.above...) {
			chain.Certificates = append(chain.Certificates, &common.X509Certificate{RawBytes: cert.Raw})
		}
		return chain
	}
	log := func(url string, details common.PublicKeyDetails, id []byte, key crypto.PublicKey) *trustroot.TransparencyLogInstance {
		return &trustroot.TransparencyLogInstance{
			BaseUrl:       url,
			HashAlgorithm: common.HashAlgorithm_SHA2_256,
			PublicKey:     &common.PublicKey{RawBytes: pkixDER(t, key), KeyDetails: details, ValidFor: valid()},
			LogId:         &common.LogId{KeyId: id},
		}
	}
	p256 := common.PublicKeyDetails_PKIX_ECDSA_P256_SHA_256
	rekor2 := i.rekor2.Public().(ed25519.PublicKey)
	return &trustroot.TrustedRoot{
		MediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		Tlogs: []*trustroot.TransparencyLogInstance{
			log(rekor1URL, p256, keyID(t, i.rekor1.Public()), i.rekor1.Public()),
			log(rekor2URL, common.PublicKeyDetails_PKIX_ED25519, noteKeyID(rekor2Origin, rekor2), rekor2),
		},
		CertificateAuthorities: []*trustroot.CertificateAuthority{{Uri: "https://fulcio.example.com", CertChain: chain(i.fulcio), ValidFor: valid()}},
		Ctlogs:                 []*trustroot.TransparencyLogInstance{log("https://ctlog.example.com", p256, keyID(t, i.ctlog.Public()), i.ctlog.Public())},
		TimestampAuthorities:   []*trustroot.CertificateAuthority{{Uri: "https://timestamp.example.com", CertChain: chain(i.tsa), ValidFor: valid()}},
	}
}

func rootJSON(t testing.TB, pb *trustroot.TrustedRoot) []byte {
	t.Helper()
	json, err := protojson.Marshal(pb)
	if err != nil {
		t.Fatal(err)
	}
	return json
}

func parseRoot(t testing.TB, pb *trustroot.TrustedRoot) *trust.Root {
	t.Helper()
	return parseRootJSON(t, rootJSON(t, pb))
}

func parseRootJSON(t testing.TB, json []byte) *trust.Root {
	t.Helper()
	root, err := trust.ParseRoot("test", "test", json)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func (i *instance) root(t testing.TB) *trust.Root { return parseRoot(t, i.proto(t)) }

// signing is one signature in the making. The functions, where a test sets
// them, change one part each, after it was made right and before it is signed.
type signing struct {
	kind    kind
	email   string
	payload []byte
	claimed time.Time // the signer's clock

	leaf       func(*x509.Certificate)             // the certificate's template
	sct        func(*sctInput)                     // the certificate timestamp
	body       func(*logBody)                      // what the log is told
	integrated time.Time                           // the log's clock
	entry      func(*rekorv1.TransparencyLogEntry) // the entry, complete
	stamp      func(*timestamp.Timestamp, *ca)     // the timestamp, before it is signed
	parts      func(*parts)                        // everything, complete
}

// sctInput is what a certificate log signs (RFC 6962, section 3.2).
type sctInput struct {
	key       *ecdsa.PrivateKey
	logID     []byte
	at        time.Time
	tbs       []byte
	issuerKey []byte
	version   uint8 // of the timestamp, from 0 on
	hash      uint8 // in TLS's numbers
	times     int   // in the list
	omit      bool
}

// logBody is what a log hashes.
type logBody struct {
	digest, signature, certificate []byte
}

// sign makes a signature and returns it as git stores it.
func (i *instance) sign(t testing.TB, s signing) []byte {
	t.Helper()
	if s.email == "" {
		s.email = "ana@example.com"
	}
	if s.claimed.IsZero() {
		s.claimed = epoch
	}
	if s.integrated.IsZero() {
		s.integrated = epoch.Add(time.Second)
	}
	key := newKey(t, elliptic.P256())
	cert := i.issue(t, &s, key.Public())
	p := &parts{signer: cert, certificates: [][]byte{cert.Raw}}
	digest := sha256.Sum256(s.payload)
	var err error
	if p.signedAttrs, err = cms.NewSignedAttrs(digest[:], s.claimed); err != nil {
		t.Fatal(err)
	}
	attrs := sha256.Sum256(p.signedAttrs)
	if p.signature, err = ecdsa.SignASN1(rand.Reader, key, attrs[:]); err != nil {
		t.Fatal(err)
	}
	if s.kind.version() != 0 {
		entry := i.log(t, &s, logBody{attrs[:], p.signature, cert.Raw})
		if s.entry != nil {
			s.entry(entry)
		}
		p.unsigned = append(p.unsigned, logAttribute(t, entry))
	}
	if s.kind.hasTimestamp() {
		p.unsigned = append(p.unsigned, attribute{oidTimeStampToken, [][]byte{i.stamp(t, &s, p.signature)}})
	}
	if s.parts != nil {
		s.parts(p)
	}
	return armor(p.der(t))
}

// logAttribute is the unsigned attribute that carries a log entry.
func logAttribute(t testing.TB, entry *rekorv1.TransparencyLogEntry) attribute {
	t.Helper()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(entry)
	if err != nil {
		t.Fatal(err)
	}
	value, err := asn1.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	return attribute{oidLogEntry, [][]byte{value}}
}

// issue makes the certificate as Fulcio does, with a promise of the
// certificate log in it.
func (i *instance) issue(t testing.TB, s *signing, pub crypto.PublicKey) *x509.Certificate {
	t.Helper()
	issuer := "https://accounts.example.com"
	der, err := asn1.MarshalWithParams(issuer, "utf8")
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:   serialNumber(),
		NotBefore:      epoch,
		NotAfter:       epoch.Add(10 * time.Minute),
		KeyUsage:       x509.KeyUsageDigitalSignature,
		ExtKeyUsage:    []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		EmailAddresses: []string{s.email},
		ExtraExtensions: []pkix.Extension{
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1}, Value: []byte(issuer)},
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}, Value: der},
		},
	}
	if s.leaf != nil {
		s.leaf(template)
	}
	precert := create(t, template, i.fulcio.cert, pub, i.fulcio.key)
	in := &sctInput{
		key: i.ctlog, logID: keyID(t, i.ctlog.Public()), at: epoch,
		tbs: precert.RawTBSCertificate, issuerKey: pkixDER(t, i.fulcio.key.Public()), hash: 4, times: 1,
	}
	if s.sct != nil {
		s.sct(in)
	}
	if in.omit {
		return precert
	}
	template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{
		Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: in.list(t),
	})
	return create(t, template, i.fulcio.cert, pub, i.fulcio.key)
}

// twin returns a certificate with the issuer and serial number of cert for
// another key.
func (i *instance) twin(t testing.TB, cert *x509.Certificate) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: cert.SerialNumber, NotBefore: cert.NotBefore, NotAfter: cert.NotAfter, KeyUsage: cert.KeyUsage}
	return create(t, template, i.fulcio.cert, newKey(t, elliptic.P256()).Public(), i.fulcio.key)
}

// list is the extension's value: one timestamp, or the same several times.
func (in *sctInput) list(t testing.TB) []byte {
	t.Helper()
	issuer := sha256.Sum256(in.issuerKey)
	signed := []byte{0, 0}
	signed = binary.BigEndian.AppendUint64(signed, uint64(in.at.UnixMilli()))
	signed = append(signed, 0, 1)
	signed = append(signed, issuer[:]...)
	signed = append(signed, byte(len(in.tbs)>>16), byte(len(in.tbs)>>8), byte(len(in.tbs)))
	signed = append(signed, in.tbs...)
	signed = append(signed, 0, 0)
	digest := sha256.Sum256(signed)
	signature, err := ecdsa.SignASN1(rand.Reader, in.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	var b cryptobyte.Builder
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for range in.times {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				b.AddUint8(in.version)
				b.AddBytes(in.logID)
				b.AddUint64(uint64(in.at.UnixMilli()))
				b.AddUint16(0)
				b.AddUint8(in.hash)
				b.AddUint8(3)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(signature) })
			})
		}
	})
	value, err := asn1.Marshal(b.BytesOrPanic())
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func (b *logBody) json(version int) []byte {
	b64 := base64.StdEncoding.EncodeToString
	if version == 1 {
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.certificate})
		return fmt.Appendf(nil, `{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256","value":"%s"}},"signature":{"content":"%s","publicKey":{"content":"%s"}}}}`,
			hex.EncodeToString(b.digest), b64(b.signature), b64(certificate))
	}
	return fmt.Appendf(nil, `{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256","digest":"%s"},"signature":{"content":"%s","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","x509Certificate":{"rawBytes":"%s"}}}}}}`,
		b64(b.digest), b64(b.signature), b64(b.certificate))
}

// log makes the entry as a log of eleven entries does, of which this is the
// sixth.
func (i *instance) log(t testing.TB, s *signing, b logBody) *rekorv1.TransparencyLogEntry {
	t.Helper()
	if s.body != nil {
		s.body(&b)
	}
	version := s.kind.version()
	body := b.json(version)
	leaves := make([][]byte, 11)
	for n := range leaves {
		leaves[n] = merkleLeaf(fmt.Appendf(nil, "entry %d", n))
	}
	const index = 5
	leaves[index] = merkleLeaf(body)
	size, rootHash := len(leaves), merkleRoot(leaves)

	origin, id := rekor1Origin, keyID(t, i.rekor1.Public())
	if version == 2 {
		origin, id = rekor2Origin, noteKeyID(rekor2Origin, i.rekor2.Public().(ed25519.PublicKey))
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(rootHash))
	entry := &rekorv1.TransparencyLogEntry{
		LogIndex:    index,
		LogId:       &common.LogId{KeyId: id},
		KindVersion: &rekorv1.KindVersion{Kind: "hashedrekord", Version: "0.0.2"},
		InclusionProof: &rekorv1.InclusionProof{
			LogIndex: index, TreeSize: int64(size), RootHash: rootHash, Hashes: merklePath(leaves, index),
			Checkpoint: &rekorv1.Checkpoint{Envelope: i.note(t, version, text)},
		},
	}
	if version == 1 {
		entry.KindVersion.Version = "0.0.1"
		entry.LogIndex = 1000 + index
		entry.IntegratedTime = s.integrated.Unix()
		entry.InclusionPromise = &rekorv1.InclusionPromise{SignedEntryTimestamp: promise(t, i.rekor1, entry, body)}
	}
	return entry
}

// promise is a signed entry timestamp.
func promise(t testing.TB, key *ecdsa.PrivateKey, entry *rekorv1.TransparencyLogEntry, body []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(fmt.Appendf(nil, `{"body":"%s","integratedTime":%d,"logID":"%x","logIndex":%d}`,
		base64.StdEncoding.EncodeToString(body), entry.IntegratedTime, entry.LogId.KeyId, entry.LogIndex))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// note signs a checkpoint (C2SP signed-note).
func (i *instance) note(t testing.TB, version int, text string) string {
	t.Helper()
	if version == 2 {
		id := noteKeyID(rekor2Origin, i.rekor2.Public().(ed25519.PublicKey))
		return noteLine(text, rekor2Origin, id, ed25519.Sign(i.rekor2, []byte(text)))
	}
	digest := sha256.Sum256([]byte(text))
	signature, err := ecdsa.SignASN1(rand.Reader, i.rekor1, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return noteLine(text, "rekor.example.com", keyID(t, i.rekor1.Public()), signature)
}

func noteLine(text, name string, id, signature []byte) string {
	return fmt.Sprintf("%s\n\u2014 %s %s\n", text, name, base64.StdEncoding.EncodeToString(append(id[:4:4], signature...)))
}

// stamp makes a TimeStampToken over the signature value.
func (i *instance) stamp(t testing.TB, s *signing, signature []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(signature)
	ts := &timestamp.Timestamp{
		HashAlgorithm: crypto.SHA256, HashedMessage: digest[:], Time: epoch.Add(2 * time.Second),
		Accuracy: time.Second, Policy: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 2}, AddTSACertificate: true,
	}
	signer := i.tsa
	if s.stamp != nil {
		s.stamp(ts, &signer)
	}
	resp, err := ts.CreateResponseWithOpts(signer.cert, signer.key, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	token, err := cms.TimeStampTokenFromResponse(resp)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// The Merkle tree of RFC 6962, section 2.1, as it is written there.

func merkleLeaf(body []byte) []byte {
	sum := sha256.Sum256(append([]byte{0}, body...))
	return sum[:]
}

func merkleNode(left, right []byte) []byte {
	sum := sha256.Sum256(append(append([]byte{1}, left...), right...))
	return sum[:]
}

// split is the largest power of two smaller than n.
func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

func merkleRoot(leaves [][]byte) []byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := split(len(leaves))
	return merkleNode(merkleRoot(leaves[:k]), merkleRoot(leaves[k:]))
}

func merklePath(leaves [][]byte, index int) [][]byte {
	if len(leaves) == 1 {
		return nil
	}
	k := split(len(leaves))
	if index < k {
		return append(merklePath(leaves[:k], index), merkleRoot(leaves[k:]))
	}
	return append(merklePath(leaves[k:], index-k), merkleRoot(leaves[:k]))
}
