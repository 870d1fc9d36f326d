package audit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

func newVerifier(t *testing.T) *verifier.Verifier {
	t.Helper()
	v, err := verifier.New(verifier.Options{Roots: []*trust.Root{trust.PublicGood()}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// unsigned is a history of n commits, counting those that were read.
func unsigned(n int, size int, read *atomic.Int64) iter.Seq2[audit.Object, error] {
	return func(yield func(audit.Object, error) bool) {
		for i := range n {
			read.Add(1)
			if !yield(audit.Object{ID: fmt.Sprint(i), Type: policy.Commit, Raw: make([]byte, size)}, nil) {
				return
			}
		}
	}
}

func whole(o audit.Object) []audit.Part {
	return []audit.Part{{ID: o.ID, Raw: o.Raw, Content: content{payload: o.Raw}, Signed: policy.Object{Type: o.Type}}}
}

// content is a payload with a signature, or without.
type content struct{ payload, signature []byte }

func (c content) IsSigned() bool    { return c.signature != nil }
func (c content) Payload() []byte   { return c.payload }
func (c content) Signature() []byte { return c.signature }

func TestRunKeepsTheOrderAndTheTagsBehindTheirCommit(t *testing.T) {
	t.Parallel()
	var read atomic.Int64
	var got []string
	parse := func(o audit.Object) []audit.Part {
		parts := whole(o)
		if strings.HasSuffix(o.ID, "7") {
			parts = append(parts, audit.Part{ID: "tag of " + o.ID, MergedBy: o.ID, Content: content{}, Signed: policy.Object{Type: policy.Tag}})
		}
		return parts
	}
	for r, err := range audit.Judge(t.Context(), unsigned(1000, 10, &read), audit.JudgeOptions{Verifier: newVerifier(t), Parse: parse, Processors: 4}) {
		if err != nil || r.Verdict != verifier.Unsigned {
			t.Fatal(r, err)
		}
		got = append(got, r.ID)
	}
	var want []string
	for i := range 1000 {
		want = append(want, fmt.Sprint(i))
		if i%10 == 7 {
			want = append(want, "tag of "+fmt.Sprint(i))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d results out of order", len(got))
	}
}

// TestRunHoldsABoundedWindow: whoever does not take results stops the reader.
func TestRunHoldsABoundedWindow(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	var read atomic.Int64
	for _, err := range audit.Judge(t.Context(), unsigned(500, size, &read), audit.JudgeOptions{Verifier: newVerifier(t), Parse: whole, Processors: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if n := read.Load(); n > 40 {
		t.Errorf("%d MiB were read before the first was taken", n)
	}
}

func TestRunEndsWithTheErrorOfTheObjects(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	var read atomic.Int64
	objects := func(yield func(audit.Object, error) bool) {
		for o := range unsigned(100, 10, &read) {
			if !yield(o, nil) {
				return
			}
		}
		yield(audit.Object{}, broken)
	}
	n := 0
	var last error
	for _, err := range audit.Judge(t.Context(), objects, audit.JudgeOptions{Verifier: newVerifier(t), Parse: whole}) {
		if last = err; err == nil {
			n++
		}
	}
	if n != 100 || !errors.Is(last, broken) {
		t.Errorf("%d results, then %v", n, last)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var read atomic.Int64
	n := 0
	var last error
	for _, err := range audit.Judge(ctx, unsigned(1_000_000, 10, &read), audit.JudgeOptions{Verifier: newVerifier(t), Parse: whole}) {
		if last = err; err == nil {
			n++
			cancel()
		}
	}
	if n != 1 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d results, then %v", n, last)
	}
}

// TestNothingThatGoesWrongIsGood: what is not here, what nobody can read, and a
// panic in a function of the caller's.
func TestNothingThatGoesWrongIsGood(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		object audit.Object
		parse  func(audit.Object) []audit.Part
		review func(*audit.Result)
		want   verifier.Verdict
	}{
		{"missing", audit.Object{ID: "1", Err: errors.New("object missing")}, nil, nil, verifier.Unknown},
		{"unreadable", audit.Object{ID: "1"}, func(audit.Object) []audit.Part { return []audit.Part{{Err: errors.New("corrupt")}} }, nil, verifier.Unknown},
		{"ambiguous", audit.Object{ID: "1"}, func(audit.Object) []audit.Part {
			return []audit.Part{{Err: errors.New("two trees"), Ambiguous: true}}
		}, nil, verifier.Bad},
		{"panic of Parse", audit.Object{ID: "1"}, func(audit.Object) []audit.Part { panic("oh") }, nil, verifier.Unknown},
		{"panic of Review", audit.Object{ID: "1"}, whole, func(*audit.Result) { panic("oh") }, verifier.Unknown},
		{"junk for a signature", audit.Object{ID: "1"}, func(o audit.Object) []audit.Part {
			return []audit.Part{{ID: "1", Content: content{signature: []byte("junk")}}}
		}, nil, verifier.Bad},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			objects := func(yield func(audit.Object, error) bool) { yield(tt.object, nil) }
			n := 0
			for r, err := range audit.Judge(t.Context(), objects, audit.JudgeOptions{Verifier: newVerifier(t), Parse: tt.parse, Review: tt.review}) {
				if err != nil || r.Verdict != tt.want || r.Reason == "" {
					t.Errorf("%v (%s), %v", r.Verdict, r.Reason, err)
				}
				n++
			}
			if n != 1 {
				t.Errorf("%d results", n)
			}
		})
	}
}

// memory counts what is asked and kept.
type memory struct {
	mu          sync.Mutex
	asked, kept map[[sha256.Size]byte]int
}

func (m *memory) Recall(raw [sha256.Size]byte) *verifier.Findings {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked[raw]++
	return nil
}

func (m *memory) Keep(raw [sha256.Size]byte, _ *verifier.Findings) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[raw]++
}

func TestMemoryIsAskedByTheRawObjectAndKeepsNothingUnsound(t *testing.T) {
	t.Parallel()
	m := &memory{asked: map[[sha256.Size]byte]int{}, kept: map[[sha256.Size]byte]int{}}
	parse := func(o audit.Object) []audit.Part {
		parts := whole(o)
		if o.ID == "3" {
			parts[0].Content = content{signature: []byte("-----BEGIN SIGNED MESSAGE-----\njunk\n")}
		}
		return parts
	}
	objects := func(yield func(audit.Object, error) bool) {
		for i := range 5 {
			yield(audit.Object{ID: fmt.Sprint(i), Raw: []byte{byte(i)}}, nil)
		}
	}
	for _, err := range audit.Judge(t.Context(), objects, audit.JudgeOptions{Verifier: newVerifier(t), Parse: parse, Memory: m}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(m.asked) != 1 || m.asked[sha256.Sum256([]byte{3})] != 1 || len(m.kept) != 0 {
		t.Errorf("asked for %x, kept %x", m.asked, m.kept)
	}
}

func TestTallySumsUp(t *testing.T) {
	t.Parallel()
	day := func(month time.Month, d int) time.Time { return time.Date(2026, month, d, 12, 0, 0, 0, time.UTC) }
	ana := fulcio.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: "https://accounts.example.com"}
	tally := audit.NewTally(audit.Report{Version: "v1"})
	for _, r := range []audit.Result{
		{Part: audit.Part{ID: "1", Signed: policy.Object{Type: policy.Commit}, Date: day(1, 1)}, Result: &verifier.Result{Verdict: verifier.Unsigned, Reason: "no signature"}},
		{Part: audit.Part{ID: "2", Signed: policy.Object{Type: policy.Commit}, Date: day(1, 1)}, Result: &verifier.Result{Scheme: verifier.X509, Verdict: verifier.Good, Identity: ana, Rule: "Ana", SignedAt: day(3, 2)}},
		{Part: audit.Part{ID: "3", Signed: policy.Object{Type: policy.Tag}}, Result: &verifier.Result{Scheme: verifier.X509, Verdict: verifier.Good, Identity: ana, Rule: "Ana", SignedAt: day(2, 1)}},
		{Part: audit.Part{ID: "4", Signed: policy.Object{Type: policy.Tag}, MergedBy: "2"}, Result: &verifier.Result{Verdict: verifier.Bad, Identity: ana, Reason: "forged"}},
		{Part: audit.Part{ID: "5"}, Missing: true, Result: &verifier.Result{Reason: "object missing"}},
		{Part: audit.Part{ID: "6", Signed: policy.Object{Type: policy.Commit}}, Result: &verifier.Result{Verdict: verifier.Good, Scheme: verifier.OpenPGP, Rule: "the forge", Forge: policy.ForgeSquash}},
		{Part: audit.Part{ID: "7", Signed: policy.Object{Type: policy.Commit}}, Result: &verifier.Result{Verdict: verifier.Revoked, Scheme: verifier.OpenPGP, Key: verifier.KeyInfo{Fingerprint: "ABCD"}}},
	} {
		tally.Add(&r)
	}
	report := tally.Report()
	var ids []string
	for _, f := range report.Failures {
		ids = append(ids, f.ID)
	}
	if got := strings.Join(ids, " "); got != "4 7 1 5" {
		t.Errorf("failures %s: the worst has to come first", got)
	}
	report.Failures = nil
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"objects":{"commits":4,"tags":1,"mergetags":1,"unread":1}`,
		`"verdicts":{"bad":1,"good":3,"revoked":1,"unknown":1,"unsigned":1}`,
		`{"identity":"ana@example.com","issuer":"https://accounts.example.com","scheme":"x509","rules":["Ana"],"objects":2,"verdicts":{"good":2},"first":"2026-02-01T12:00:00Z","last":"2026-03-02T12:00:00Z"}`,
		`{"identity":"the forge","issuer":"","scheme":"openpgp","rules":["the forge"],"objects":1,`,
		`{"identity":"ABCD","issuer":"","scheme":"openpgp","objects":1,"verdicts":{"revoked":1},`,
		`"months":[{"month":"","verdicts":{"bad":1,"good":1,"revoked":1,"unknown":1}},{"month":"2026-01","verdicts":{"unsigned":1}},{"month":"2026-02","verdicts":{"good":1}},{"month":"2026-03","verdicts":{"good":1}}]`,
		`"forge":[{"kind":"squash","verdicts":{"good":1}}]`,
		`"missing":1`,
	} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// TestTallyIsBounded: no history makes a report grow without end, and what is
// left out is counted.
func TestTallyIsBounded(t *testing.T) {
	t.Parallel()
	tally := audit.NewTally(audit.Report{})
	for i := range 30_000 {
		tally.Add(&audit.Result{Part: audit.Part{ID: fmt.Sprint(i), Subject: strings.Repeat("x", 5000)},
			Result: &verifier.Result{Verdict: verifier.Untrusted, Identity: fulcio.CertificateIdentity{SubjectAlternativeName: fmt.Sprint(i)}}})
	}
	r := tally.Report()
	if len(r.Failures) != 10_000 || r.Omitted["untrusted"] != 20_000 || len(r.Signers) != 20_000 || len(r.Failures[0].Subject) > 410 {
		t.Errorf("%d failures, %v omitted, %d signers, subjects of %d bytes", len(r.Failures), r.Omitted, len(r.Signers), len(r.Failures[0].Subject))
	}
}

// What the policy does not hold against a history is counted and no failure.
func TestTallyExcuses(t *testing.T) {
	t.Parallel()
	tally := audit.NewTally(audit.Report{})
	unsigned := func(id string) *audit.Result {
		return &audit.Result{Part: audit.Part{ID: id}, Excused: audit.UnsignedAllowed, Result: &verifier.Result{Verdict: verifier.Unsigned}}
	}
	tally.Add(unsigned("1"))
	tally.Add(unsigned("2"))
	tally.Add(&audit.Result{Part: audit.Part{ID: "3", Subject: "by hand"}, Excused: audit.Exempt, Exemption: "lost key", Result: &verifier.Result{Verdict: verifier.Bad}})
	report := tally.Report()
	if len(report.Failures) != 0 || report.Verdicts["unsigned"] != 2 || report.Verdicts["bad"] != 1 {
		t.Errorf("%+v", report)
	}
	want := []audit.Excused{
		{Why: audit.Exempt, Commit: "3", Subject: "by hand", Reason: "lost key", Verdict: "bad", Objects: 1},
		{Why: audit.UnsignedAllowed, Verdict: "unsigned", Objects: 2},
	}
	if !slices.Equal(report.Excused, want) {
		t.Errorf("%+v", report.Excused)
	}
}
