package audittest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"time"

	common "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"google.golang.org/protobuf/proto"

	"github.com/git-seal/git-seal/cms"
)

// Object identifiers of CMS (RFC 5652) and of the attribute with the log entry
// (docs/format.md).
var (
	oidSignedData      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidData            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSHA256          = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSAWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidLogEntry        = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 3, 1}
)

// sign signs a payload as git stores it, with an entry of the log that was made
// a second after at.
func (i *Instance) sign(c *certificate, payload []byte, at time.Time) ([]byte, error) {
	digest := sha256.Sum256(payload)
	attrs, err := cms.NewSignedAttrs(digest[:], at)
	if err != nil {
		return nil, err
	}
	signature, err := sign(c.key, attrs)
	if err != nil {
		return nil, err
	}
	signed := sha256.Sum256(attrs)
	entry, err := i.log(signed[:], signature, c.der, at.Add(time.Second))
	if err != nil {
		return nil, err
	}
	der, err := i.signedData(c, attrs, signature, entry)
	if err != nil {
		return nil, err
	}
	return cms.EncodePEM(der), nil
}

// signedData is docs/format.md in DER. Package cms would read what it has
// written and verify it, which is the time that a long history cannot take.
func (i *Instance) signedData(c *certificate, attrs, signature, entry []byte) ([]byte, error) {
	explicit := cbasn1.Tag(0).Constructed().ContextSpecific()
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(explicit, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { addAlgorithm(b, oidSHA256) })
				addAlgorithm(b, oidData) // EncapsulatedContentInfo without content has the same form
				b.AddASN1(explicit, func(b *cryptobyte.Builder) { b.AddBytes(c.der) })
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { i.addSignerInfo(b, c, attrs, signature, entry) })
				})
			})
		})
	})
	return b.Bytes()
}

func (i *Instance) addSignerInfo(b *cryptobyte.Builder, c *certificate, attrs, signature, entry []byte) {
	b.AddASN1Int64(1)
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(i.issuing.RawSubject)
		b.AddBytes(c.serial)
	})
	addAlgorithm(b, oidSHA256)
	b.AddBytes(append([]byte{0xa0}, attrs[1:]...)) // SignedAttrs under [0] in place of SET
	addAlgorithm(b, oidECDSAWithSHA256)
	b.AddASN1OctetString(signature)
	b.AddASN1(cbasn1.Tag(1).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidLogEntry)
			b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddASN1OctetString(entry) })
		})
	})
}

// treeDepth is the length of every inclusion proof; the public-good instance's
// are of 20 to 30 hashes.
const treeDepth = 24

// log returns the entry of a Rekor v1 log for a signature, without the body,
// which readers rebuild.
func (i *Instance) log(digest, signature, certificate []byte, at time.Time) ([]byte, error) {
	b64 := base64.StdEncoding.EncodeToString
	body := fmt.Appendf(nil, `{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256","value":"%s"}},"signature":{"content":"%s","publicKey":{"content":"%s"}}}}`,
		hex.EncodeToString(digest), b64(signature), b64(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})))
	var random [8 + treeDepth*sha256.Size]byte
	rand.Read(random[:])
	index := int64(binary.BigEndian.Uint64(random[:8]) % (1 << treeDepth))
	p := &rekorv1.InclusionProof{LogIndex: index, TreeSize: 1 << treeDepth}
	for n := range treeDepth {
		p.Hashes = append(p.Hashes, random[8+n*sha256.Size:][:sha256.Size])
	}
	var err error
	if p.RootHash, err = proof.RootFromInclusionProof(rfc6962.DefaultHasher, uint64(p.LogIndex), uint64(p.TreeSize), rfc6962.DefaultHasher.HashLeaf(body), p.Hashes); err != nil {
		return nil, err
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", rekorOrigin, p.TreeSize, b64(p.RootHash))
	note, err := sign(i.rekor, []byte(text))
	if err != nil {
		return nil, err
	}
	p.Checkpoint = &rekorv1.Checkpoint{Envelope: fmt.Sprintf("%s\n\u2014 %s %s\n", text, rekorName, b64(append(i.rekorID[:4:4], note...)))}
	entry := &rekorv1.TransparencyLogEntry{
		LogIndex: index, LogId: &common.LogId{KeyId: i.rekorID}, KindVersion: &rekorv1.KindVersion{Kind: "hashedrekord", Version: "0.0.1"},
		IntegratedTime: at.Unix(), InclusionProof: p,
	}
	set, err := sign(i.rekor, fmt.Appendf(nil, `{"body":"%s","integratedTime":%d,"logID":"%x","logIndex":%d}`, b64(body), entry.IntegratedTime, i.rekorID, index))
	if err != nil {
		return nil, err
	}
	entry.InclusionPromise = &rekorv1.InclusionPromise{SignedEntryTimestamp: set}
	return proto.MarshalOptions{Deterministic: true}.Marshal(entry)
}
