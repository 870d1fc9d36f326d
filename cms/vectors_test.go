package cms

import (
	"bytes"
	"testing"

	"github.com/git-seal/git-seal/git/gittest"
)

// vector is one signed object with the verdict it must get.
type vector struct {
	name, verdict, why string
	payload, signature []byte // signature nil when unsigned
}

// vectors reads the objects of a set.
func vectors(t testing.TB, set string) []vector {
	t.Helper()
	var all []vector
	for _, read := range gittest.ReadVectors(t, set) {
		v := vector{name: read.Name, verdict: read.Verdict, why: read.Why}
		switch {
		case read.Mergetag:
			v.payload, v.signature = splitTag(header(read.Raw, "mergetag"))
		case read.Type == "tag":
			v.payload, v.signature = splitTag(read.Raw)
		default:
			v.payload, v.signature = splitCommit(read.Raw)
		}
		all = append(all, v)
	}
	return all
}

// header returns the value of a multi-line header.
func header(raw []byte, name string) []byte {
	var value []byte
	in := false
	for line := range bytes.Lines(raw) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+" ")); ok {
			in, value = true, append(value, rest...)
		} else if rest, ok := bytes.CutPrefix(line, []byte(" ")); ok && in {
			value = append(value, rest...)
		} else if in || len(line) == 1 {
			break
		}
	}
	return value
}

func splitTag(raw []byte) (payload, signature []byte) {
	i := bytes.LastIndex(raw, []byte("\n-----BEGIN "))
	if i < 0 {
		return raw, nil
	}
	return raw[:i+1], raw[i+1:]
}

func splitCommit(raw []byte) (payload, signature []byte) {
	signature = header(raw, "gpgsig")
	in, body := false, false
	for line := range bytes.Lines(raw) {
		switch {
		case body:
		case bytes.HasPrefix(line, []byte("gpgsig ")):
			in = true
			continue
		case in && line[0] == ' ':
			continue
		default:
			in, body = false, len(line) == 1
		}
		payload = append(payload, line...)
	}
	return payload, signature
}
