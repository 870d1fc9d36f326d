package signer

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
)

// Services is where a signature is made.
//
// A signing config may pick several logs and timestamp authorities. The
// signature on disk has one attribute for a log entry and one for a timestamp
// (docs/format.md §4), so the first of each is asked and no other: an entry that
// nobody can show would put the signer's identity into one more public log for
// nothing.
type Services struct {
	Fulcio               string   // base URL
	Rekor                []Log    // none: the timestamp alone proves the time
	TimestampAuthorities []string // the whole URL, with path
	OIDC                 string   // the issuer that people log in with; "": none
}

// Log is a Rekor instance.
type Log struct {
	URL     string // base URL
	Version int    // of its API: 1 or 2
}

// TimestampMode says when a timestamp authority is asked.
type TimestampMode string

// The timestamp modes.
const (
	// TimestampAuto asks where the log does not prove the time: with Rekor v2,
	// and without a log. It is what "" means.
	TimestampAuto   TimestampMode = "auto"
	TimestampAlways TimestampMode = "always"
	TimestampNever  TimestampMode = "never"
)

// plan is the services that one signature uses.
type plan struct {
	fulcio    string
	log       *Log   // nil: none
	timestamp string // "": none
}

// newPlan picks what o asks for, and refuses what would end in a signature
// whose time nothing proves.
func newPlan(s Services, mode TimestampMode) (plan, error) {
	p := plan{fulcio: s.Fulcio}
	if err := checkURL(p.fulcio); err != nil {
		return plan{}, fmt.Errorf("fulcio: %w", err)
	}
	if err := checkConfidential(p.fulcio); err != nil {
		return plan{}, fmt.Errorf("fulcio: %w", err)
	}
	if len(s.Rekor) > 0 {
		log := s.Rekor[0]
		if err := checkURL(log.URL); err != nil {
			return plan{}, fmt.Errorf("rekor: %w", err)
		}
		if log.Version != 1 && log.Version != 2 {
			return plan{}, fmt.Errorf("rekor: %s: API version %d: only 1 and 2 are known", log.URL, log.Version)
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

// needed is whether mode asks for a timestamp beside an entry in log.
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
			return false, errors.New("timestamp mode never: without a log nothing else proves the time of signing")
		case !proven:
			return false, fmt.Errorf("timestamp mode never: %s is Rekor v%d, whose entries do not prove the time of signing", log.URL, log.Version)
		}
		return false, nil
	}
	return false, fmt.Errorf("timestamp mode %q: not one of auto, always, never", m)
}

// whyTimestamp says why a plan needs the authority that it does not have.
func (p plan) whyTimestamp() error {
	switch {
	case p.log == nil:
		return errors.New("neither a log nor a timestamp authority is configured: nothing would prove the time of signing")
	case p.log.Version == 1:
		return errors.New("no timestamp authority is configured")
	}
	return fmt.Errorf("%s is Rekor v%d, whose entries do not prove the time of signing, and no timestamp authority is configured", p.log.URL, p.log.Version)
}

// checkURL refuses what is not a plain http or https address.
func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return errors.New("no address is configured")
	case err != nil:
		return fmt.Errorf("%q: not a URL", s)
	case u.User != nil:
		// Not quoted: it may hold a password.
		return errors.New("the URL holds a user name")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return fmt.Errorf("%q: not an http or https URL", s)
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return fmt.Errorf("%q: a URL with a query or a fragment", s)
	}
	return nil
}

// checkConfidential refuses to send a token in the clear over a network. On
// loopback nobody but this machine reads it.
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
	return CleartextError(fmt.Sprintf("%q: the token would travel in the clear: only https, or http to this machine", u.Scheme+"://"+u.Host))
}
