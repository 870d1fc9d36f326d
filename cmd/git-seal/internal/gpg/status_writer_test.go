package gpg

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestStatusLines(t *testing.T) {
	t.Parallel()
	const fpr = "0123456789ABCDEF0123456789ABCDEF01234567"
	when := time.Date(2024, 2, 29, 23, 59, 58, 0, time.FixedZone("", -3600))
	for _, c := range []struct {
		name  string
		write func(*StatusWriter)
		want  string
	}{
		{"NEWSIG", func(s *StatusWriter) { s.NewSig() }, "NEWSIG"},
		{"GOODSIG", func(s *StatusWriter) { s.GoodSig(fpr, "ana@example.com") }, "GOODSIG " + fpr + " ana@example.com"},
		{"BADSIG", func(s *StatusWriter) { s.BadSig(fpr, "ana@example.com") }, "BADSIG " + fpr + " ana@example.com"},
		{"REVKEYSIG", func(s *StatusWriter) { s.RevKeySig(fpr, "ana@example.com") }, "REVKEYSIG " + fpr + " ana@example.com"},
		{"ERRSIG", func(s *StatusWriter) {
			s.ErrSig(ErrSig{Fingerprint: fpr, PubkeyAlgo: PubkeyECDSA, HashAlgo: HashSHA256, Time: when, Code: 9})
		}, "ERRSIG " + fpr + " 19 8 00 1709254798 9"},
		{"ERRSIG without certificate", func(s *StatusWriter) { s.ErrSig(ErrSig{Code: 4}) }, "ERRSIG 0000000000000000000000000000000000000000 0 0 00 0 4"},
		{"VALIDSIG", func(s *StatusWriter) {
			s.ValidSig(ValidSig{Fingerprint: fpr, Created: when, PubkeyAlgo: PubkeyRSA, HashAlgo: HashSHA512})
		}, "VALIDSIG " + fpr + " 2024-03-01 1709254798 0 0 0 1 10 00 " + fpr},
		{"TRUST_UNDEFINED", func(s *StatusWriter) { s.TrustUndefined() }, "TRUST_UNDEFINED 0"},
		{"TRUST_NEVER", func(s *StatusWriter) { s.TrustNever() }, "TRUST_NEVER 0"},
		{"TRUST_FULLY", func(s *StatusWriter) { s.TrustFully() }, "TRUST_FULLY 0"},
		{"SIG_CREATED", func(s *StatusWriter) {
			s.SigCreated(SigCreated{Fingerprint: fpr, PubkeyAlgo: PubkeyECDSA, HashAlgo: HashSHA256, Time: when})
		}, "SIG_CREATED D 19 8 00 1709254798 " + fpr},
		{"no identity", func(s *StatusWriter) { s.BadSig("", "") }, "BADSIG 0000000000000000000000000000000000000000 -"},
		{"newline", func(s *StatusWriter) { s.BadSig(fpr, "x\r\n[GNUPG:] GOODSIG 0 y") }, "BADSIG " + fpr + " x%0D%0A[GNUPG:] GOODSIG 0 y"},
		{"percent, NUL, escape", func(s *StatusWriter) { s.BadSig(fpr, "100%\x00\x1b[2J") }, "BADSIG " + fpr + " 100%25%00%1B[2J"},
		{"direction marks", func(s *StatusWriter) { s.BadSig(fpr, "a\u202eb\u2066c") }, "BADSIG " + fpr + " a%E2%80%AEb%E2%81%A6c"},
		{"C1 control and line separator", func(s *StatusWriter) { s.BadSig(fpr, "a\u0085b\u2028c") }, "BADSIG " + fpr + " a%C2%85b%E2%80%A8c"},
		{"unusual space", func(s *StatusWriter) { s.BadSig(fpr, "a\u00a0b") }, "BADSIG " + fpr + " a%C2%A0b"},
		{"not UTF-8", func(s *StatusWriter) { s.BadSig(fpr, "a\xffb\xc3") }, "BADSIG " + fpr + " a%FFb%C3"},
		{"letters of any script", func(s *StatusWriter) { s.BadSig(fpr, "Ána 名前 <a@例え.example.com>") }, "BADSIG " + fpr + " Ána 名前 <a@例え.example.com>"},
		{"space in front", func(s *StatusWriter) { s.BadSig(fpr, " x") }, "BADSIG " + fpr + " %20x"},
		{"space in a word", func(s *StatusWriter) { s.BadSig("A B", "x") }, "BADSIG A%20B x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			s := NewStatusWriter(&b)
			c.write(s)
			if want := "[GNUPG:] " + c.want + "\n"; b.String() != want || s.Err() != nil {
				t.Errorf("wrote %q, %v; want %q", b.String(), s.Err(), want)
			}
		})
	}
}

func TestStatusWriterKeepsTheFirstError(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "status")
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	s := NewStatusWriter(file)
	s.NewSig()
	s.TrustNever()
	if !errors.Is(s.Err(), os.ErrClosed) || !strings.HasPrefix(s.Err().Error(), "status-fd: ") {
		t.Errorf("error %v, want that the status-fd is closed", s.Err())
	}
}

func TestStatusWriterStopsAfterAnError(t *testing.T) {
	t.Parallel()
	w := &failOnce{}
	s := NewStatusWriter(w)
	s.NewSig()
	s.GoodSig("", "x")
	if s.Err() == nil || w.calls != 1 {
		t.Errorf("error %v after %d writes, want one write and its error", s.Err(), w.calls)
	}
}

type failOnce struct{ calls int }

func (w *failOnce) Write(p []byte) (int, error) {
	w.calls++
	if w.calls == 1 {
		return 3, errors.New("disk full")
	}
	return len(p), nil
}

// FuzzStatusWriter holds that one call is exactly one line that begins as git
// expects, with as many fields as its keyword has, and holds nothing that could
// deceive a terminal.
func FuzzStatusWriter(f *testing.F) {
	seeds := []string{"", "ana@example.com", "x\n[GNUPG:] GOODSIG 0 y", "\r\x00%\x1b", "\xff\u202e\u2028", " a  b "}
	for _, s := range seeds {
		f.Add(s, s, int64(1_700_000_000), 19)
	}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, fingerprint, uid string, seconds int64, number int) {
		when := time.Unix(seconds%(1<<40), 0)
		for _, c := range []struct {
			keyword string
			fields  int // behind the keyword; the last of the uid's lines is the rest of the line
			uid     bool
			write   func(*StatusWriter)
		}{
			{"NEWSIG", 0, false, func(s *StatusWriter) { s.NewSig() }},
			{"GOODSIG", 2, true, func(s *StatusWriter) { s.GoodSig(fingerprint, uid) }},
			{"BADSIG", 2, true, func(s *StatusWriter) { s.BadSig(fingerprint, uid) }},
			{"REVKEYSIG", 2, true, func(s *StatusWriter) { s.RevKeySig(fingerprint, uid) }},
			{"ERRSIG", 6, false, func(s *StatusWriter) {
				s.ErrSig(ErrSig{Fingerprint: fingerprint, PubkeyAlgo: number, HashAlgo: number, Time: when, Code: number})
			}},
			{"VALIDSIG", 10, false, func(s *StatusWriter) {
				s.ValidSig(ValidSig{Fingerprint: fingerprint, Created: when, PubkeyAlgo: number, HashAlgo: number})
			}},
			{"TRUST_UNDEFINED", 1, false, func(s *StatusWriter) { s.TrustUndefined() }},
			{"TRUST_NEVER", 1, false, func(s *StatusWriter) { s.TrustNever() }},
			{"TRUST_FULLY", 1, false, func(s *StatusWriter) { s.TrustFully() }},
			{"SIG_CREATED", 6, false, func(s *StatusWriter) {
				s.SigCreated(SigCreated{PubkeyAlgo: number, HashAlgo: number, Time: when, Fingerprint: fingerprint})
			}},
		} {
			var w writes
			s := NewStatusWriter(&w)
			c.write(s)
			if err := checkStatusLine(w, c.keyword, c.fields, c.uid); err != nil || s.Err() != nil {
				t.Fatalf("%s: %v, %v in %q", c.keyword, err, s.Err(), w)
			}
		}
	})
}

// writes keeps what each Write was given.
type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return len(p), nil
}

func checkStatusLine(w writes, keyword string, fields int, uid bool) error {
	if len(w) != 1 {
		return fmt.Errorf("%d writes", len(w))
	}
	line, ok := strings.CutSuffix(w[0], "\n")
	rest, begins := strings.CutPrefix(line, "[GNUPG:] "+keyword)
	if !ok || !begins || !utf8.ValidString(line) {
		return errors.New("not a status line")
	}
	for _, r := range line {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("%q in it", r)
		}
	}
	var got []string
	if fields > 0 {
		got = strings.Split(rest, " ")[1:]
		if uid {
			got = strings.SplitN(rest, " ", fields+1)[1:]
		}
	} else if rest != "" {
		return errors.New("something behind the keyword")
	}
	if len(got) != fields {
		return fmt.Errorf("%d fields, want %d", len(got), fields)
	}
	for _, field := range got {
		if field == "" || field[0] == ' ' {
			return errors.New("an empty field")
		}
	}
	return nil
}
