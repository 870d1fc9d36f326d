package sshsig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"
)

// webauthn is the form of a signature that a browser made with a security key.
const webauthn = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"

// Flags of the authenticator (WebAuthn, section 6.1).
const (
	flagUserPresent  = 0x01
	flagAttestedData = 0x40
	flagExtensions   = 0x80
)

func isSecurityKey(keyType string) bool {
	return keyType == ssh.KeyAlgoSKED25519 || keyType == ssh.KeyAlgoSKECDSA256
}

// securityKeySignature is a signature by a security key (PROTOCOL.u2f of
// OpenSSH). Like ssh-keygen, it asks for no flag: a key may sign without a touch.
type securityKeySignature struct {
	application string
	numbers     []byte
	flags       byte
	counter     uint32
	browser     *browserData // nil unless a browser asked for the signature
}

// browserData is what a browser adds to what is signed.
type browserData struct {
	wireBrowserData
	challenge string
}

type wireBrowserData struct{ Origin, ClientData, Extensions string }

func parseSecurityKeySignature(key []byte, s *ssh.Signature) (*securityKeySignature, error) {
	application, err := applicationOf(key)
	if err != nil {
		return nil, err
	}
	parsed := &securityKeySignature{application: application, numbers: s.Blob}
	if len(s.Rest) < 5 {
		return nil, errors.New("the security key's signature has no flags and counter")
	}
	parsed.flags, parsed.counter = s.Rest[0], binary.BigEndian.Uint32(s.Rest[1:])
	rest := s.Rest[5:]
	if s.Format == webauthn {
		parsed.browser = new(browserData)
		if ssh.Unmarshal(rest, &parsed.browser.wireBrowserData) != nil {
			return nil, errors.New("the browser's part of the signature cannot be read")
		}
		return parsed, parsed.checkBrowser()
	}
	if len(rest) > 0 {
		return nil, errors.New("the security key's signature has bytes after its counter")
	}
	return parsed, nil
}

// applicationOf returns the application of a security key, which is hashed with
// everything it signs.
func applicationOf(key []byte) (string, error) {
	var ed struct{ Type, Key, Application string }
	if ssh.Unmarshal(key, &ed) == nil && ed.Type == ssh.KeyAlgoSKED25519 {
		return ed.Application, nil
	}
	var ec struct{ Type, Curve, Key, Application string }
	if ssh.Unmarshal(key, &ec) == nil && ec.Type == ssh.KeyAlgoSKECDSA256 {
		return ec.Application, nil
	}
	return "", errors.New("a security key that cannot be read")
}

// clientDataBegins is how ssh-keygen expects the browser's part to begin: the
// bytes that were to be signed and the origin follow.
const clientDataBegins = `{"type":"webauthn.get","challenge":"`

// checkBrowser refuses what ssh-keygen refuses before it looks at the numbers.
func (s *securityKeySignature) checkBrowser() error {
	origin := s.browser.Origin
	switch {
	case strings.Contains(origin, `"`):
		return errors.New("the browser's origin has a quote in it")
	case s.flags&flagAttestedData != 0:
		return errors.New("the signature has flags for data that an SSH signature does not hold")
	case (s.flags&flagExtensions != 0) != (s.browser.Extensions != ""):
		return errors.New("the signature's flags and its extensions do not fit")
	}
	rest, ok := strings.CutPrefix(s.browser.ClientData, clientDataBegins)
	challenge, rest, _ := strings.Cut(rest, `"`)
	if !ok || !strings.HasPrefix(rest, `,"origin":"`+origin+`"`) {
		return errors.New("the browser's part of the signature is not of the form that ssh-keygen reads")
	}
	s.browser.challenge = challenge
	return nil
}

// verify checks the mathematics over the bytes that a plain key would sign.
func (s *securityKeySignature) verify(key ssh.PublicKey, signed []byte) error {
	message, extensions := signed, ""
	if s.browser != nil {
		if s.browser.challenge != base64.RawURLEncoding.EncodeToString(signed) {
			return ErrSignature
		}
		message, extensions = []byte(s.browser.ClientData), s.browser.Extensions
	}
	application, digest := sha256.Sum256([]byte(s.application)), sha256.Sum256(message)
	var b bytes.Buffer
	b.Write(application[:])
	b.WriteByte(s.flags)
	b.Write(binary.BigEndian.AppendUint32(nil, s.counter))
	b.WriteString(extensions)
	b.Write(digest[:])
	public, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return ErrSignature
	}
	switch k := public.CryptoPublicKey().(type) {
	case ed25519.PublicKey:
		if ed25519.Verify(k, b.Bytes(), s.numbers) {
			return nil
		}
	case *ecdsa.PublicKey:
		var numbers ecdsaNumbers
		sum := sha256.Sum256(b.Bytes())
		if ssh.Unmarshal(s.numbers, &numbers) == nil && ecdsa.Verify(k, sum[:], numbers.R, numbers.S) {
			return nil
		}
	}
	return ErrSignature
}
