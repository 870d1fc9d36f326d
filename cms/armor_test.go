package cms

import (
	"bytes"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
)

func TestEncodePEMIsRFC7468(t *testing.T) {
	t.Parallel()
	for n := range 200 {
		der := bytes.Repeat([]byte{0xfb}, n)
		want := pem.EncodeToMemory(&pem.Block{Type: "SIGNED MESSAGE", Bytes: der})
		if got := EncodePEM(der); !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: %q, want %q", n, got, want)
		}
	}
}

func TestParsePEMReadsOneSpelling(t *testing.T) {
	t.Parallel()
	der := newTestSigner(t).sign(t, true, false, false, testPayload)
	for (len(der)%3 != 1) || len(der)%48 == 0 { // the last group is padded
		der = newTestSigner(t).sign(t, true, false, false, testPayload)
	}
	good := string(EncodePEM(der))
	lines := strings.SplitAfter(good, "\n")
	last := len(lines) - 3 // of base64; the end line and "" follow
	replace := func(i int, line string) string {
		return strings.Join(lines[:i], "") + line + strings.Join(lines[i+1:], "")
	}
	for _, test := range []struct {
		name, armored string
		ok            bool
	}{
		{"as git stores it", good, true},
		{"no final newline", strings.TrimSuffix(good, "\n"), true},
		{"two final newlines, as libgit2 stores it", good + "\n", true},
		{"three final newlines", good + "\n\n", false},
		{"a carriage return for the second newline", good + "\r", false},
		{"space at the end", good + " ", false},
		{"text before", "\n" + good, false},
		{"text after", good + "x", false},
		{"two blocks", good + good, false},
		{"CRLF", strings.ReplaceAll(good, "\n", "\r\n"), false},
		{"CRLF in one line", replace(3, strings.TrimSuffix(lines[3], "\n")+"\r\n"), false},
		{"header", replace(0, lines[0]+"Version: 1\n\n"), false},
		{"empty line first", replace(0, lines[0]+"\n"), false},
		{"empty line last", replace(last, lines[last]+"\n"), false},
		{"space in a line", replace(3, lines[3][:9]+" "+lines[3][9:]), false},
		{"long line", replace(3, strings.TrimSuffix(lines[3], "\n")), false},
		{"short line", replace(3, lines[3][:32]+"\n"+lines[3][32:]), false},
		{"padding bits", replace(last, strings.Replace(lines[last], "==", "==", 1)[:len(lines[last])-4]+"B==\n"), false},
		{"no padding", replace(last, strings.TrimRight(lines[last], "=\n")+"\n"), false},
		{"URL alphabet", strings.NewReplacer("+", "-", "/", "_").Replace(good), false},
		{"another label", strings.ReplaceAll(good, "SIGNED MESSAGE", "PKCS7"), false},
		{"another end label", replace(last+1, "-----END PKCS7-----\n"), false},
		{"lower case", strings.Replace(good, "BEGIN SIGNED MESSAGE", "begin signed message", 1), false},
		{"no end line", strings.Join(lines[:last+1], ""), false},
		{"half an end line", strings.TrimSuffix(good, "-----\n"), false},
		{"begin line alone", lines[0], false},
		{"no body", lines[0] + lines[last+1], false},
		{"empty", "", false},
		{"one byte", "-", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParsePEM([]byte(test.armored))
			if (err == nil) != test.ok {
				t.Errorf("%v", err)
			}
			if err != nil && !errors.As(err, new(*MalformedError)) {
				t.Errorf("%T: %v", err, err)
			}
		})
	}
}

// No bit of the armor is without meaning: a flip is refused, or gives another
// message.
func TestArmorHasNoUnusedBit(t *testing.T) {
	t.Parallel()
	der := newTestSigner(t).sign(t, false, false, false, testPayload)
	armored := EncodePEM(der)
	for i := range armored {
		for bit := range 8 {
			armored[i] ^= 1 << bit
			if got, err := decodePEM(armored); err == nil && bytes.Equal(got, der) {
				t.Errorf("byte %d bit %d: the same message", i, bit)
			}
			armored[i] ^= 1 << bit
		}
	}
}

func TestErrorsTellWhere(t *testing.T) {
	t.Parallel()
	good := EncodePEM(newTestSigner(t).sign(t, false, false, false, testPayload))
	good[200] = ' '
	_, err := ParsePEM(good)
	var m *MalformedError
	if !errors.As(err, &m) || m.Field != "armor" || m.Error() == "" {
		t.Errorf("%#v", err)
	}
	_, err = Parse([]byte("\x30\x03\x02\x01\x00"))
	if !errors.As(err, &m) || m.Field != "ContentInfo.contentType" || m.Offset != 2 {
		t.Errorf("%#v", err)
	}
}
