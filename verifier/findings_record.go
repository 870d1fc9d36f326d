package verifier

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/git-seal/git-seal/cms/fulcio"
)

// findingsForm is the first byte of a record. It changes with the form.
const findingsForm = 2

// Caps on what ParseFindings reads: far above what Examine writes, and low
// enough that no length in a record asks for much.
const (
	maxFindingsText      = 1 << 16
	maxFindingsCosigners = 1 << 8
)

// errRecord is any record that Marshal would not have written.
var errRecord = errors.New("verifier: no record of findings, or one of other trusted roots")

// Certificate returns the signer's, nil when none could be read.
func (f *Findings) Certificate() *x509.Certificate { return f.found.Certificate }

// MarshalFindings returns findings as bytes that ParseFindings of a Verifier
// with the same trusted roots, in the same order, reads back. The certificate is
// in them by its SHA-256 alone: one may have signed many objects. What is not
// Sound is not written: the record is nil.
//
// A record proves nothing by itself. Whoever keeps it has to make sure that it
// comes back unchanged, for the same object and the same trusted roots.
func (v *Verifier) MarshalFindings(f *Findings) []byte {
	r := &f.found
	root := slices.Index(v.roots, r.Root)
	if !f.Sound() || r.Certificate == nil || root < 0 {
		return nil
	}
	w := recordWriter{findingsForm}
	for _, c := range r.Checks {
		var flags byte
		if c.Missing {
			flags |= 1
		}
		if c.Required {
			flags |= 2
		}
		w = append(w, byte(c.Outcome)<<2|flags)
		w.text(c.Detail)
	}
	digest := sha256.Sum256(r.Certificate.Raw)
	w = append(w, digest[:]...)
	w.number(int64(root))
	w.text(r.Identity.SubjectAlternativeName)
	w.text(r.Identity.Issuer)
	w.number(int64(r.Identity.Kind))
	w.time(r.SignedAt)
	w.text(string(r.TimeSource))
	w.time(r.SigningTime)
	w.text(r.Log.URL)
	w.text(r.Log.KeyID)
	w.number(r.Log.Index)
	w.number(int64(r.Log.Version))
	w.number(r.Log.TreeSize)
	w.text(r.Log.Origin)
	w.number(int64(len(r.Log.Cosigners)))
	for _, c := range r.Log.Cosigners {
		w.text(c.Name)
		w.text(c.KeyHash)
	}
	w.time(r.Log.IntegratedTime)
	w.text(r.Timestamp.URL)
	w.time(r.Timestamp.Time)
	w.text(r.Timestamp.SerialNumber)
	return w
}

// ParseFindings reads what MarshalFindings has written. certificate returns the
// certificate with a SHA-256, nil where it is not known, which is an error as
// any other form of record is.
func (v *Verifier) ParseFindings(record []byte, certificate func(digest [sha256.Size]byte) *x509.Certificate) (*Findings, error) {
	in := recordReader{rest: record}
	if in.byte() != findingsForm {
		return nil, errRecord
	}
	f := new(Findings)
	r := &f.found
	r.Scheme = X509
	r.Checks = make([]Check, len(checkOrder)-1)
	for i := range r.Checks {
		flags := in.byte()
		r.Checks[i] = Check{
			Name: checkOrder[i], Outcome: Outcome(flags >> 2), Missing: flags&1 != 0, Required: flags&2 != 0, Detail: in.text(),
		}
	}
	digest := in.bytes(sha256.Size)
	root := in.number()
	r.Identity.SubjectAlternativeName = in.text()
	r.Identity.Issuer = in.text()
	r.Identity.Kind = fulcio.NameKind(in.number())
	r.SignedAt = in.time()
	r.TimeSource = TimeSource(in.text())
	r.SigningTime = in.time()
	r.Log.URL = in.text()
	r.Log.KeyID = in.text()
	r.Log.Index = in.number()
	r.Log.Version = int(in.number())
	r.Log.TreeSize = in.number()
	r.Log.Origin = in.text()
	r.Log.Cosigners = in.cosigners()
	r.Log.IntegratedTime = in.time()
	r.Timestamp.URL = in.text()
	r.Timestamp.Time = in.time()
	r.Timestamp.SerialNumber = in.text()
	if in.broken || len(in.rest) > 0 || root < 0 || root >= int64(len(v.roots)) || !f.Sound() {
		return nil, errRecord
	}
	r.Root = v.roots[root]
	if r.Certificate = certificate([sha256.Size]byte(digest)); r.Certificate == nil {
		return nil, errRecord
	}
	return f, nil
}

// recordWriter appends values; numbers are varints, and before a text stands its
// length.
type recordWriter []byte

func (w *recordWriter) number(n int64) { *w = binary.AppendVarint(*w, n) }

func (w *recordWriter) text(s string) {
	*w = binary.AppendUvarint(*w, uint64(len(s)))
	*w = append(*w, s...)
}

// time writes nanoseconds + 1 and seconds; of the zero time 0 alone.
func (w *recordWriter) time(t time.Time) {
	if t.IsZero() {
		*w = append(*w, 0)
		return
	}
	*w = binary.AppendUvarint(*w, uint64(t.Nanosecond())+1)
	w.number(t.Unix())
}

// recordReader takes values off a record. Once one is not there, or not in the
// one form in which it is written, all that follow are zero and broken is set.
type recordReader struct {
	rest   []byte
	broken bool
}

func (r *recordReader) bytes(n int) []byte {
	if r.broken || n > len(r.rest) {
		r.broken = true
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *recordReader) byte() byte { return r.bytes(1)[0] }

func (r *recordReader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if r.broken || size <= 0 || size > 1 && r.rest[size-1] == 0 {
		r.broken = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *recordReader) number() int64 {
	n := r.uvarint()
	return int64(n>>1) ^ -int64(n&1) // as binary.Varint has it
}

func (r *recordReader) text() string {
	n := r.uvarint()
	if n > maxFindingsText {
		r.broken = true
		return ""
	}
	return string(r.bytes(int(n)))
}

func (r *recordReader) cosigners() []Cosigner {
	n := r.number()
	if n < 0 || n > maxFindingsCosigners {
		r.broken = true
		return nil
	}
	var all []Cosigner
	for range n {
		all = append(all, Cosigner{Name: r.text(), KeyHash: r.text()})
	}
	return all
}

func (r *recordReader) time() time.Time {
	n := r.uvarint()
	if n == 0 {
		return time.Time{}
	}
	t := time.Unix(r.number(), int64(n-1)).UTC()
	if n > uint64(time.Second) || t.IsZero() {
		r.broken = true
	}
	return t
}
