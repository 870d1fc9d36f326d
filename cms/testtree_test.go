package cms

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// node is a DER value taken apart, for tests that change one thing in it.
type node struct {
	tag      byte
	content  []byte // of a primitive
	children []*node
	raw      []byte // written as it is, when set
}

// takeApart reads one value; certificates and other values that are not
// changed go the same way, since DER comes back as it was.
func takeApart(t testing.TB, der []byte) *node {
	t.Helper()
	in := cryptobyte.String(der)
	var content cryptobyte.String
	var tag asn1.Tag
	if !in.ReadAnyASN1(&content, &tag) || !in.Empty() {
		t.Fatalf("not one DER value: %x", der)
	}
	n := &node{tag: byte(tag)}
	if tag&0x20 == 0 {
		n.content = content
		return n
	}
	for !content.Empty() {
		var child cryptobyte.String
		if !content.ReadAnyASN1Element(&child, &tag) {
			t.Fatalf("not DER inside: %x", content)
		}
		n.children = append(n.children, takeApart(t, child))
	}
	return n
}

func (n *node) bytes() []byte {
	if n.raw != nil {
		return n.raw
	}
	content := n.content
	for _, c := range n.children {
		content = append(content, c.bytes()...)
	}
	out := []byte{n.tag}
	switch l := len(content); {
	case l < 0x80:
		out = append(out, byte(l))
	case l < 0x100:
		out = append(out, 0x81, byte(l))
	case l < 0x10000:
		out = append(out, 0x82, byte(l>>8), byte(l))
	default:
		out = append(out, 0x83, byte(l>>16), byte(l>>8), byte(l))
	}
	return append(out, content...)
}

// at walks down by child numbers.
func (n *node) at(path ...int) *node {
	for _, i := range path {
		n = n.children[i]
	}
	return n
}

func (n *node) add(children ...*node) { n.children = append(n.children, children...) }
func (n *node) insert(i int, child *node) {
	n.children = append(n.children[:i:i], append([]*node{child}, n.children[i:]...)...)
}
func (n *node) remove(i int)                     { n.children = append(n.children[:i:i], n.children[i+1:]...) }
func (n *node) swap(i, j int)                    { n.children[i], n.children[j] = n.children[j], n.children[i] }
func value(tag byte, content string) *node       { return &node{tag: tag, content: []byte(content)} }
func compound(tag byte, children ...*node) *node { return &node{tag: tag, children: children} }

// message is a signature taken apart, its parts by their names.
type message struct {
	contentInfo, signedData, digestAlgorithms, encapContentInfo, certificates, signerInfos *node
	signerInfo, signedAttrs, unsignedAttrs                                                 *node
}

func takeMessageApart(t testing.TB, der []byte) *message {
	t.Helper()
	ci := takeApart(t, der)
	sd := ci.at(1, 0)
	si := sd.at(4, 0)
	return &message{
		contentInfo: ci, signedData: sd, digestAlgorithms: sd.at(1), encapContentInfo: sd.at(2), certificates: sd.at(3), signerInfos: sd.at(4),
		signerInfo: si, signedAttrs: si.at(3), unsignedAttrs: si.at(6),
	}
}

func rsaCertificate(t testing.TB) *x509.Certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return newCertificate(t, &x509.Certificate{}, nil, key.Public(), key)
}
