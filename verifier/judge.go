package verifier

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier/trust"
)

// judge is one judgement: one object, one trusted root.
type judge struct {
	root    *trust.Root // without authorities when none knows the certificate's
	known   *promises
	payload []byte
	signed  *cms.SignedData
	cert    *x509.Certificate

	log       logEvidence
	timestamp timestampEvidence
	issuer    []*x509.Certificate // the path above the certificate, once it is verified
	windows   []keyWindow
	proven    []provenTime
	result    *Result
}

// keyWindow is a key or an authority with the time at which it was used.
type keyWindow struct {
	what   string
	window trust.Window
	at     time.Time
}

// provenTime is a moment at which somebody else has seen the signature.
type provenTime struct {
	at     time.Time
	source TimeSource
}

func newJudge(root *trust.Root, known *promises, signed *cms.SignedData, payload []byte) *judge {
	j := &judge{root: root, known: known, payload: payload, signed: signed, cert: signed.Certificate}
	j.result = &Result{Scheme: X509, Certificate: j.cert, SigningTime: signed.SignerInfo.SigningTime.UTC(), Root: root}
	if root == nil {
		j.root = new(trust.Root)
	}
	return j
}

// run makes every check of docs/verification.md but the policy's, in its order.
// None is left out because another has failed: a report names them all, and the
// verdict is read from the whole list.
func (j *judge) run() *Findings {
	j.log = readLogEvidence(j.signed, j.root)
	j.timestamp = readTimestampEvidence(j.signed, j.root)

	j.check(CheckForm, j.checkForm())
	j.check(CheckSignature, j.signed.CheckSignature())
	j.check(CheckPayloadDigest, j.checkDigest())
	j.check(CheckCertificate, j.checkCertificate())
	j.check(CheckCertificateTimestamp, j.checkCertificateTimestamp())
	j.check(CheckLogEntry, j.log.checkEntry())
	j.check(CheckInclusionProof, j.log.checkInclusionProof())
	j.check(CheckCheckpoint, j.log.checkCheckpoint())
	j.check(CheckSignedEntryTimestamp, j.log.checkSignedEntryTimestamp())
	j.check(CheckTimestamp, j.timestamp.check(j.signed.SignerInfo.Signature))
	j.check(CheckWindows, j.checkWindows())
	j.check(CheckTime, j.checkTime())
	j.check(CheckAttributes, j.checkAttributes())
	j.check(CheckIdentity, j.checkIdentity())

	j.result.Log, j.result.Timestamp = j.log.info(), j.timestamp.info()
	return &Findings{*j.result}
}

func (j *judge) check(name CheckName, err error) {
	j.result.Checks = append(j.result.Checks, checkOf(name, err))
}

func (j *judge) passed(name CheckName) bool { return j.result.Check(name).Outcome == Passed }

// checkForm holds the signature to the form of docs/format.md. Certificates
// beside the signer's are covered by nothing, so they must be the root's own.
func (j *judge) checkForm() error {
	if err := j.signed.CheckProfile(); err != nil {
		return err
	}
	for _, der := range j.signed.OtherCertificates {
		if !j.root.HasCertificate(der) {
			return &couldNotTell{"signature carries a certificate that is not in the trusted root"}
		}
	}
	return nil
}

// checkDigest compares what was signed with the object.
func (j *judge) checkDigest() error {
	err := j.signed.CheckDigest(j.payload)
	if err != nil && !errors.As(err, new(*cms.UnsupportedError)) {
		return errors.New("object is not what was signed")
	}
	return err
}

// claimedTimes are the moments that the evidence names, before it is known
// whether the evidence holds: the certificate must be valid at each of them.
func (j *judge) claimedTimes() []time.Time {
	var times []time.Time
	if t := j.log.integratedTime(); !t.IsZero() {
		times = append(times, t)
	}
	if j.timestamp.token != nil {
		times = append(times, j.timestamp.token.GenTime)
	}
	return times
}

// checkCertificate verifies the path to the authority (RFC 5280, section 6) at
// every time that the evidence names, or at the beginning of the certificate's
// validity when it names none.
func (j *judge) checkCertificate() error {
	times := j.claimedTimes()
	if len(times) == 0 {
		times = []time.Time{j.cert.NotBefore}
	}
	var named []*trust.CertificateAuthority
	for _, ca := range j.root.CertificateAuthorities() {
		if ca.Names(j.cert) {
			named = append(named, ca)
		}
	}
	if len(named) == 0 {
		return &notInRoot{fmt.Sprintf("certificate is by %q, which is in no trusted root", j.cert.Issuer.CommonName)}
	}
	if j.cert.IsCA || j.cert.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return errors.New("certificate is not one for signing")
	}
	for _, t := range times {
		if w := (trust.Window{Start: j.cert.NotBefore, End: j.cert.NotAfter}); !w.Contains(t) {
			return fmt.Errorf("signed at %s, outside the certificate's validity", t.Format(time.RFC3339))
		}
	}
	var ca *trust.CertificateAuthority
	var err error
	for _, candidate := range named { // one authority may stand in a root twice, with two windows
		var path []*x509.Certificate
		if path, err = verifyPath(candidate, j.cert, times); err != nil {
			continue
		}
		ca, j.issuer = candidate, path[1:]
		if ca.Window().Contains(times[0]) {
			break
		}
	}
	if ca == nil && errors.As(err, new(x509.UnhandledCriticalExtension)) {
		return &couldNotTell{"certificate has a critical extension that is not known here"}
	}
	if ca == nil {
		return fmt.Errorf("certificate is not by the authority that it names: %w", err)
	}
	for _, t := range times {
		j.windows = append(j.windows, keyWindow{"certificate authority", ca.Window(), t})
	}
	return nil
}

func verifyPath(ca *trust.CertificateAuthority, cert *x509.Certificate, times []time.Time) (path []*x509.Certificate, err error) {
	for _, t := range times {
		if path, err = ca.VerifyPath(cert, t); err != nil {
			return nil, err
		}
	}
	if len(path) < 2 {
		return nil, errors.New("certificate is the authority's own")
	}
	return path, nil
}

// checkCertificateTimestamp holds the certificate's promises to its authority's
// key.
func (j *judge) checkCertificateTimestamp() error {
	if j.issuer == nil {
		if fulcio.Value(j.cert, oidSCTList) == nil {
			return errNoSCT
		}
		return &couldNotTell{"certificate timestamp cannot be judged without the authority's key"}
	}
	windows, err := j.known.verify(j.cert, j.issuer[0], j.root)
	j.windows = append(j.windows, windows...)
	return err
}

func windowOf(log *root.TransparencyLog) trust.Window {
	return trust.Window{Start: log.ValidityPeriodStart, End: log.ValidityPeriodEnd}
}

// checkWindows holds every key and authority that took part to the window
// that the trusted root gives it, at the time at which it took part.
func (j *judge) checkWindows() error {
	if j.log.log != nil {
		times := j.claimedTimes()
		if len(times) == 0 {
			times = []time.Time{j.cert.NotBefore}
		}
		if t := j.log.integratedTime(); !t.IsZero() {
			times = []time.Time{t}
		}
		for _, t := range times {
			j.windows = append(j.windows, keyWindow{"log's key", windowOf(j.log.log), t})
		}
	}
	if j.timestamp.authority != nil {
		j.windows = append(j.windows, keyWindow{"timestamp authority", j.timestamp.authority.Window(), j.timestamp.token.GenTime})
	}
	for _, w := range j.windows {
		if !w.window.Contains(w.at) {
			return fmt.Errorf("%s was not valid at %s, when it was used", w.what, w.at.UTC().Format(time.RFC3339))
		}
	}
	if len(j.windows) == 0 {
		return &couldNotTell{"no key or authority of the evidence is in a trusted root"}
	}
	return nil
}

// checkTime asks whether the log (Rekor v1, by its signed entry timestamp) or
// a timestamp authority has proven when the signature existed.
func (j *judge) checkTime() error {
	if t := j.log.integratedTime(); !t.IsZero() && j.passed(CheckLogEntry) && j.passed(CheckSignedEntryTimestamp) {
		j.proven = append(j.proven, provenTime{t, TimeFromLog})
	}
	if j.timestamp.token != nil && j.passed(CheckTimestamp) {
		j.proven = append(j.proven, provenTime{j.timestamp.token.GenTime, TimeFromTimestamp})
	}
	if len(j.proven) == 0 {
		switch {
		case j.log.version() == 2:
			return &missing{"time is not proven: the log (Rekor v2) gives none, and there is no timestamp", true}
		default:
			return &missing{"time is not proven: neither log entry nor timestamp shows when it was signed", true}
		}
	}
	earliest := j.proven[0]
	for _, p := range j.proven[1:] {
		if p.at.Before(earliest.at) {
			earliest = p
		}
	}
	j.result.SignedAt, j.result.TimeSource = earliest.at.UTC(), earliest.source
	return nil
}

func (j *judge) checkAttributes() error {
	if unknown := j.signed.SignerInfo.UnknownUnsignedAttrs; len(unknown) != 0 {
		return &couldNotTell{fmt.Sprintf("signature carries an unsigned attribute that is not known here: %s", unknown[0])}
	}
	return nil
}

// checkIdentity reads whom the certificate whose key has verified speaks for.
func (j *judge) checkIdentity() error {
	id, err := fulcio.IdentityOf(j.cert)
	if err != nil {
		return &couldNotTell{err.Error()}
	}
	j.result.Identity = id
	if id.Issuer == "" {
		return &couldNotTell{"certificate does not say which provider vouched for the identity"}
	}
	return nil
}
