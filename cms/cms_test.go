package cms

import (
	"errors"
	"strings"
	"testing"
)

// judge runs every check of this package that needs no trust, and names what
// the outcome means for a verdict.
func judge(v vector) (string, error) {
	s, err := ParsePEM(v.signature)
	if err == nil {
		err = s.CheckSignature()
	}
	if err == nil {
		err = s.CheckDigest(v.payload)
	}
	if err == nil {
		err = s.CheckProfile()
	}
	if err == nil {
		_, err = s.TransparencyLogEntry()
	}
	switch {
	case err == nil:
		return "sound", nil
	case errors.As(err, new(*UnsupportedError)):
		return "unknown", err
	}
	return "bad", err
}

func TestVectorsHaveTheirExpectedClass(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"public", "gitsign"} {
		for _, v := range vectors(t, set) {
			t.Run(set+"/"+v.name, func(t *testing.T) {
				t.Parallel()
				got, err := judge(v)
				if want := class(v); got != want {
					t.Errorf("%s (%v), want %s: %s", got, err, want, v.why)
				}
			})
		}
	}
}

// class is the outcome of judge that goes with a vector's verdict.
func class(v vector) string {
	switch v.verdict {
	case "good", "unproven":
		return "sound"
	case "unknown":
		if gitHubFulcio[v.name] {
			return "sound"
		}
		return "unknown"
	}
	// One bit of a token's signature: for the timestamp check to find.
	if strings.Contains(v.why, "tsabit") {
		return "sound"
	}
	return "bad"
}

// gitHubFulcio is of an authority that public-good does not know, and has the
// form of git-seal: unknown by trust alone.
var gitHubFulcio = map[string]bool{"d49c425199b2df68f2e836fca1c06dee9be512f1.commit": true}
