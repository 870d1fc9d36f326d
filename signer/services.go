package signer

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
)

// Services are the services that sign.
//
// A signing configuration may pick several logs and timestamp authorities. The
// signature on disk has one attribute for a log entry and one for a timestamp
// (docs/format.md §4), so only the first of each is used: an entry that no one can show
// would publish the signer's identity in one more log for nothing.
type Services struct {
	Fulcio               string   // base URL
	Rekor                []Log    // none: the timestamp alone proves the time
	TimestampAuthorities []string // the full URL, with path
	OIDC                 string   // the provider that people log in at; "": none
}

// Log is a Rekor instance.
type Log struct {
	URL     string // base URL
	Version int    // of its API: 1 or 2
}

// TimestampMode says when to get a timestamp.
type TimestampMode string

// The timestamp modes.
const (
	// TimestampAuto gets one if the log does not prove the time: with Rekor v2, and
	// without a log. "" means the same.
	TimestampAuto   TimestampMode = "auto"
	TimestampAlways TimestampMode = "always"
	TimestampNever  TimestampMode = "never"
)

// plan has the services that one signature uses.
type plan struct {
	fulcio    string
	log       *Log   // nil: none
	timestamp string // "": none
}

// newPlan picks the services for mode. It returns an error if nothing would prove the
// time of the signature.
func newPlan(s Services, mode TimestampMode) (plan, error) {
	p := plan{fulcio: s.Fulcio}
	if err := checkURL(p.fulcio); err != nil {
		return plan{}, fmt.Errorf("URL of Fulcio: %w", err)
	}
	if err := checkConfidential(p.fulcio); err != nil {
		return plan{}, fmt.Errorf("URL of Fulcio: %w", err)
	}
	if len(s.Rekor) > 0 {
		log := s.Rekor[0]
		if err := checkURL(log.URL); err != nil {
			return plan{}, fmt.Errorf("URL of Rekor: %w", err)
		}
		if log.Version != 1 && log.Version != 2 {
			return plan{}, fmt.Errorf("%s: unknown API version %d; known are 1 and 2", log.URL, log.Version)
		}
		p.log = &log
	}
	need, err := mode.needed(p.log)
	if err != nil || !need {
		return p, err
	}
	if len(s.TimestampAuthorities) == 0 {
		return plan{}, fmt.Errorf("timestamp: %w", p.whyTimestamp())
	}
	p.timestamp = s.TimestampAuthorities[0]
	if err := checkURL(p.timestamp); err != nil {
		return plan{}, fmt.Errorf("timestamp authority: %w", err)
	}
	return p, nil
}

// needed reports whether mode needs a timestamp in addition to an entry in log.
func (m TimestampMode) needed(log *Log) (bool, error) {
	proven := log != nil && log.Version == 1
	switch m {
	case TimestampAuto, "":
		return !proven, nil
	case TimestampAlways:
		return true, nil
	case TimestampNever:
		switch {
		case log == nil:
			return false, errors.New("timestamp mode never: without a log, nothing would prove when it was signed")
		case !proven:
			return false, fmt.Errorf("timestamp mode never: %s is Rekor v%d, which does not prove when it was signed", log.URL, log.Version)
		}
		return false, nil
	}
	return false, fmt.Errorf("timestamp mode %q is not one of auto, always, never", m)
}

// whyTimestamp returns why a plan needs the timestamp authority that it lacks.
func (p plan) whyTimestamp() error {
	switch {
	case p.log == nil:
		return errors.New("neither a log nor a timestamp authority is set: nothing would prove when it was signed")
	case p.log.Version == 1:
		return errors.New("no timestamp authority is set")
	}
	return fmt.Errorf("%s is Rekor v%d, which does not prove when it was signed, and no timestamp authority is set", p.log.URL, p.log.Version)
}

// checkURL returns an error unless s is a plain http or https URL.
func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return errors.New("no URL is set")
	case err != nil:
		return fmt.Errorf("%q is not a URL", s)
	case u.User != nil:
		// Not quoted: it may contain a password.
		return errors.New("the URL contains a user name")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return fmt.Errorf("%q is not an http or https URL", s)
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return fmt.Errorf("%q: the URL must not have a query or fragment", s)
	}
	return nil
}

// checkConfidential returns an error if a token would be sent unencrypted over a
// network. Only this machine can read what is sent over loopback.
func checkConfidential(s string) error {
	u, err := url.Parse(s)
	if err != nil {
		return err
	}
	if u.Scheme == "https" || u.Hostname() == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	return CleartextError(fmt.Sprintf("%q: the token would be sent unencrypted; use https (http is only for this machine)", u.Scheme+"://"+u.Host))
}
