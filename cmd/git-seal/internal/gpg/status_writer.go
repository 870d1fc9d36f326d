package gpg

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// StatusWriter writes the lines that git reads from a verifying or signing
// program's status-fd, in the form of GnuPG's doc/DETAILS ("Format of the
// --status-fd output"). Each method writes exactly one line with a fixed number of
// fields, whatever its arguments contain.
//
// Git requires an order: NewSig first (it looks for a newline before GOODSIG),
// then exactly one of GoodSig, BadSig, RevKeySig and ErrSig, ValidSig only with
// GoodSig, and exactly one of the Trust methods.
type StatusWriter struct {
	w   io.Writer
	err error
}

// NewStatusWriter returns a StatusWriter that writes to w, one Write a line.
func NewStatusWriter(w io.Writer) *StatusWriter { return &StatusWriter{w: w} }

// Err returns the first error of writing. Nothing is written after it.
func (s *StatusWriter) Err() error { return s.err }

// zeroFingerprint is the fingerprint if no certificate could be read.
const zeroFingerprint = "0000000000000000000000000000000000000000"

// Algorithms by their OpenPGP numbers (RFC 4880, 9.1 and 9.4; RFC 6637, 5;
// RFC 9580, 9.1), as status lines name them.
const (
	PubkeyRSA     = 1
	PubkeyECDSA   = 19
	PubkeyEd25519 = 27
	HashSHA256    = 8
	HashSHA384    = 9
	HashSHA512    = 10
)

// NewSig says that the verdict on a signature follows.
func (s *StatusWriter) NewSig() { s.line("NEWSIG") }

// GoodSig says that the signature is good. The fingerprint is the
// certificate's, in hexadecimal; empty becomes forty zeros. The uid, the rest
// of the line, is the certificate's identity; empty becomes "-".
func (s *StatusWriter) GoodSig(fingerprint, uid string) {
	s.line("GOODSIG", fingerprintField(fingerprint), uidField(uid))
}

// BadSig says that the signature does not match what was signed.
func (s *StatusWriter) BadSig(fingerprint, uid string) {
	s.line("BADSIG", fingerprintField(fingerprint), uidField(uid))
}

// RevKeySig says that the signature is good, but its identity is revoked.
func (s *StatusWriter) RevKeySig(fingerprint, uid string) {
	s.line("REVKEYSIG", fingerprintField(fingerprint), uidField(uid))
}

// ErrSig contains the fields of ERRSIG.
type ErrSig struct {
	Fingerprint string // instead of a key ID
	PubkeyAlgo  int    // zero if unknown
	HashAlgo    int    // zero if unknown
	Time        time.Time
	Code        int // 4: unknown algorithm; 9: missing key or certificate
}

// ErrSig says that the signature could not be checked: key id, public key
// algorithm, hash algorithm, class, time and reason.
func (s *StatusWriter) ErrSig(e ErrSig) {
	s.line("ERRSIG", fingerprintField(e.Fingerprint), strconv.Itoa(e.PubkeyAlgo), strconv.Itoa(e.HashAlgo),
		"00", seconds(e.Time), strconv.Itoa(e.Code))
}

// ValidSig contains the fields of VALIDSIG that are not fixed for CMS.
type ValidSig struct {
	Fingerprint string
	Created     time.Time // when the signature was made
	PubkeyAlgo  int
	HashAlgo    int
}

// ValidSig says whose signature it is: fingerprint, date and time of creation,
// expiry (none), version, reserved, public key algorithm, hash algorithm, class,
// and the fingerprint again in the place of the primary key's.
func (s *StatusWriter) ValidSig(v ValidSig) {
	fingerprint := fingerprintField(v.Fingerprint)
	s.line("VALIDSIG", fingerprint, date(v.Created), seconds(v.Created), "0", "0", "0",
		strconv.Itoa(v.PubkeyAlgo), strconv.Itoa(v.HashAlgo), "00", fingerprint)
}

// TrustUndefined says that no policy decides about the identity.
func (s *StatusWriter) TrustUndefined() { s.line("TRUST_UNDEFINED", "0") }

// TrustNever says that the policy does not allow the identity.
func (s *StatusWriter) TrustNever() { s.line("TRUST_NEVER", "0") }

// TrustFully says that the policy allows the identity.
func (s *StatusWriter) TrustFully() { s.line("TRUST_FULLY", "0") }

// SigCreated contains the fields of SIG_CREATED that are not fixed for a detached
// CMS signature.
type SigCreated struct {
	PubkeyAlgo  int
	HashAlgo    int
	Time        time.Time
	Fingerprint string
}

// SigCreated says that a detached signature was written: type, public key
// algorithm, hash algorithm, class, time and fingerprint. Without this line git
// takes signing for failed.
func (s *StatusWriter) SigCreated(c SigCreated) {
	s.line("SIG_CREATED", "D", strconv.Itoa(c.PubkeyAlgo), strconv.Itoa(c.HashAlgo), "00",
		seconds(c.Time), fingerprintField(c.Fingerprint))
}

// line writes one line. Its fields must not contain a newline or, except the last, a
// space.
func (s *StatusWriter) line(keyword string, fields ...string) {
	if s.err != nil {
		return
	}
	line := "[GNUPG:] " + strings.Join(append([]string{keyword}, fields...), " ") + "\n"
	if _, err := io.WriteString(s.w, line); err != nil {
		s.err = fmt.Errorf("status-fd: %w", err)
	}
}

// fingerprintField escapes a fingerprint as one word.
func fingerprintField(fingerprint string) string {
	if fingerprint == "" {
		return zeroFingerprint
	}
	return escape(fingerprint, false)
}

// uidField escapes a user ID as the rest of a line.
func uidField(uid string) string {
	if uid == "" {
		return "-"
	}
	return escape(uid, true)
}

// escape writes as %XX, as GnuPG does, the percent sign and every byte of what
// could end a line or deceive a reader: control characters, bytes that are not
// UTF-8, and characters that do not print (direction marks, line separators,
// unusual spaces). A space stays only where spaces may, and not in front.
func escape(s string, spaces bool) string {
	var b strings.Builder
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		invalid := r == utf8.RuneError && size == 1
		if !invalid && r != '%' && unicode.IsPrint(r) && (r != ' ' || (spaces && i > 0)) {
			b.WriteString(s[i : i+size])
			continue
		}
		for _, c := range []byte(s[i : i+size]) {
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&0xf])
		}
	}
	return b.String()
}

const upperHex = "0123456789ABCDEF"

// seconds returns a time as status lines have it: seconds since the epoch, 0
// for no time.
func seconds(t time.Time) string {
	if t.IsZero() || t.Unix() < 0 {
		return "0"
	}
	return strconv.FormatInt(t.Unix(), 10)
}

// date returns the day of a time in UTC, of no time the epoch's.
func date(t time.Time) string {
	if t.IsZero() || t.Unix() < 0 {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format(time.DateOnly)
}
