package openpgp

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The packet types of signatures and public keys (RFC 9580, section 5).
const (
	tagSignature     = 2
	tagOnePass       = 4
	tagSecretKey     = 5
	tagPublicKey     = 6
	tagSecretSubkey  = 7
	tagCompressed    = 8
	tagMarker        = 10
	tagLiteral       = 11
	tagTrust         = 12
	tagUserID        = 13
	tagPublicSubkey  = 14
	tagUserAttribute = 17
	tagPadding       = 21

	// firstNonCritical is the first of the types that every reader may skip.
	firstNonCritical = 40
)

// isPacket reports whether data begins with a packet: every packet's first bit
// is set, and no ASCII character's is.
func isPacket(data []byte) bool { return len(data) > 0 && data[0]&0x80 != 0 }

// readPacket reads the packet that data begins with, and returns what follows.
// Lengths that only packets of messages may have are an error: an open length
// would hide everything after it.
func readPacket(data []byte) (p *packet.OpaquePacket, rest []byte, err error) {
	if !isPacket(data) {
		return nil, nil, errors.New("bytes that are not an OpenPGP packet")
	}
	newFormat := data[0]&0x40 != 0
	if !newFormat && data[0]&3 == 3 || newFormat && len(data) > 1 && data[1] >= 224 && data[1] < 255 {
		return nil, nil, errors.New("a packet without a fixed length")
	}
	r := bytes.NewReader(data)
	if p, err = packet.NewOpaqueReader(r).Next(); err != nil {
		return nil, nil, fmt.Errorf("a packet that is cut off: %w", err)
	}
	return p, data[len(data)-r.Len():], nil
}

// parsePacket lets the library parse a packet. It panics on some bytes, which
// is an error here.
func parsePacket(p *packet.OpaquePacket) (parsed packet.Packet, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the library cannot parse it: %v", cause)
		}
	}()
	return p.Parse()
}
