package policy

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier/policy/strictyaml"
)

// check refuses an identity of a file that could never match or says less
// than it seems to. Errors are *fieldError.
func (id *Identity) check() error {
	if id.SubjectRegexp != "" || id.IssuerRegexp != "" {
		return &fieldError{"subject", errors.New("a file has no regular expressions")}
	}
	if err := checkText(id.Name); err != nil {
		return &fieldError{"name", err}
	}
	if err := checkSigner(id.Subject, id.Issuer); err != nil {
		return err
	}
	for _, c := range id.Committers {
		if err := checkAddress(c); err != nil {
			return &fieldError{"committers", err}
		}
	}
	for _, t := range id.Tags {
		if err := checkTagName(t); err != nil {
			return &fieldError{"tags", err}
		}
	}
	for name, value := range id.Extensions {
		if _, known := fulcio.ExtensionNumbers[name]; !known {
			return &fieldError{"extensions", fmt.Errorf("unknown extension %q", name)}
		}
		if err := checkText(value); err != nil {
			return &fieldError{"extensions", fmt.Errorf("%s: %w", name, err)}
		}
	}
	if id.Trust != "" {
		if err := checkText(id.Trust); err != nil {
			return &fieldError{"trust", err}
		}
	}
	for key, list := range map[string][]string{"committers": id.Committers, "tags": id.Tags} {
		if len(list) > strictyaml.MaxList {
			return &fieldError{key, fmt.Errorf("%d values, at most %d are read", len(list), strictyaml.MaxList)}
		}
		for i, v := range list {
			if slices.Contains(list[:i], v) {
				return &fieldError{key, fmt.Errorf("%q stands here for the second time", v)}
			}
		}
	}
	return checkWindow(id.From, id.Until)
}

func (r *Revocation) check() error {
	if err := checkSigner(r.Subject, r.Issuer); err != nil {
		return err
	}
	if r.Reason != "" {
		if err := checkText(r.Reason); err != nil {
			return &fieldError{"reason", err}
		}
	}
	return checkWindow(r.From, r.Until)
}

func checkSigner(subject, issuer string) error {
	if err := checkText(subject); err != nil {
		return &fieldError{"subject", err}
	}
	if strings.ContainsAny(subject, " <>") {
		return &fieldError{"subject", fmt.Errorf("%q is more than the name in a certificate", subject)}
	}
	if err := checkText(issuer); err != nil {
		return &fieldError{"issuer", err}
	}
	if err := checkIssuer(issuer); err != nil {
		return &fieldError{"issuer", err}
	}
	return nil
}

// checkText refuses what a reader of the policy would see differently from
// what is compared.
func checkText(s string) error {
	switch {
	case s == "":
		return errors.New("empty")
	case len(s) > fulcio.MaxNameLength:
		return fmt.Errorf("longer than %d bytes", fulcio.MaxNameLength)
	case !utf8.ValidString(s):
		return fmt.Errorf("%q is not UTF-8", s)
	case s != strings.TrimSpace(s):
		return fmt.Errorf("%q begins or ends with a space", s)
	case strings.ContainsFunc(s, func(r rune) bool { return strictyaml.Unseen(r) || !unicode.IsPrint(r) }):
		return fmt.Errorf("%q holds a character that cannot be seen", s)
	}
	return nil
}

func checkIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return fmt.Errorf("%q is not a URL", issuer)
	case isPattern(issuer):
		return fmt.Errorf("%q: an issuer is written whole, without *", issuer)
	}
	return nil
}

func checkAddress(address string) error {
	if err := checkText(address); err != nil {
		return err
	}
	switch {
	case strings.ContainsAny(address, " <>") || !strings.Contains(address, "@"):
		return fmt.Errorf("%q is not an e-mail address", address)
	case isPattern(address):
		return fmt.Errorf("%q: a committer's address is written whole, without *", address)
	}
	return nil
}

func checkTagName(tag string) error {
	if err := checkText(tag); err != nil {
		return err
	}
	if strings.ContainsAny(tag, " ~^:?[\\") || strings.HasPrefix(tag, "refs/") {
		return fmt.Errorf("%q is not how a tag names itself", tag)
	}
	return checkTagPattern(tag)
}

func checkWindow(from, until time.Time) error {
	if !from.IsZero() && !until.IsZero() && !from.Before(until) {
		return &fieldError{"until", fmt.Errorf("%s is not after from, %s: the identity would never match", Stamp(until), Stamp(from))}
	}
	return nil
}

// Stamp writes a time as policies do.
func Stamp(t time.Time) string { return t.Format(time.RFC3339Nano) }
