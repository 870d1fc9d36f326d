package verifier_test

import (
	"bytes"
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/git-seal/git-seal/verifier"
)

// part is an element of a signature taken apart: a DER value, a field of the log
// entry, or a piece of its checkpoint.
type part struct {
	place    string // the names of those around it, for reports
	frame    func(content []byte) []byte
	content  []byte // where there are no children
	children []*part
	kind     partKind
	number   protowire.Number // of a field of the log entry
}

type partKind int

const (
	derPart   partKind = iota
	fieldPart          // a field of a protobuf message
	entryPart          // a whole protobuf message
	notePart           // a piece of the checkpoint
)

func (p *part) bytes() []byte {
	content := p.content
	for _, child := range p.children {
		content = append(content, child.bytes()...)
	}
	return p.frame(content)
}

func (p *part) clone() *part {
	c := *p
	c.children = nil
	for _, child := range p.children {
		c.children = append(c.children, child.clone())
	}
	return &c
}

// walk calls visit for p and everything in it, in order; above is nil for p.
func (p *part) walk(above *part, visit func(above, p *part)) {
	visit(above, p)
	for _, child := range slices.Clone(p.children) {
		child.walk(p, visit)
	}
}

func plain(content []byte) []byte { return content }

// takeApart reads DER down to the insides of log entry, checkpoint and TSTInfo.
// Certificates stay whole but for their signature: another one covers the rest.
func takeApart(t *testing.T, der []byte, place string) *part {
	t.Helper()
	in := cryptobyte.String(der)
	var content cryptobyte.String
	var tag cbasn1.Tag
	if !in.ReadAnyASN1(&content, &tag) || !in.Empty() {
		t.Fatalf("%s: not DER", place)
	}
	p := &part{place: place, frame: func(content []byte) []byte {
		var b cryptobyte.Builder
		b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(content) })
		return b.BytesOrPanic()
	}}
	switch {
	case tag == cbasn1.OCTET_STRING && strings.HasSuffix(place, logEntryPlace):
		p.children = []*part{takeMessageApart(t, content, place)}
		return p
	case tag == cbasn1.OCTET_STRING && strings.HasSuffix(place, tstInfoPlace):
		p.children = []*part{takeApart(t, content, place+".TSTInfo")}
		return p
	case tag&0x20 == 0:
		p.content = content
		return p
	}
	certificate := regexp.MustCompile(`\.3\.\d+$`).MatchString(place) && len(content) > 300
	for n := 0; !content.Empty(); n++ {
		var child cryptobyte.String
		if !content.ReadAnyASN1Element(&child, new(cbasn1.Tag)) {
			t.Fatalf("%s: not DER inside", place)
		}
		inner := fmt.Sprintf("%s.%d", place, n)
		if certificate && n < 2 {
			p.children = append(p.children, &part{place: inner, frame: plain, content: child})
			continue
		}
		p.children = append(p.children, takeApart(t, child, inner))
	}
	return p
}

// Where a signature holds what is not DER itself: ContentInfo, SignedData,
// SignerInfos, SignerInfo, unsigned attributes, the first one's only value; and
// SignedData's content in a token.
const (
	logEntryPlace = "signature.1.0.4.0.6.0.1.0"
	tstInfoPlace  = ".1.0.1.0.2.1.0"
)

// takeMessageApart reads the log entry, of whose messages these fields are others.
func takeMessageApart(t *testing.T, raw []byte, place string) *part {
	t.Helper()
	messages := map[string]bool{".2": true, ".3": true, ".5": true, ".6": true, ".6.5": true}
	m := &part{place: place, frame: plain, kind: entryPart}
	for len(raw) > 0 {
		number, typ, n := protowire.ConsumeTag(raw)
		value := protowire.ConsumeFieldValue(number, typ, raw[max(n, 0):])
		if n < 0 || value < 0 {
			t.Fatalf("%s: not protobuf", place)
		}
		field := &part{place: fmt.Sprintf("%s.%d", place, number), kind: fieldPart, number: number}
		head := protowire.AppendTag(nil, number, typ)
		field.content = raw[n : n+value]
		field.frame = func(content []byte) []byte { return slices.Concat(head, content) }
		if typ == protowire.BytesType {
			field.content, _ = protowire.ConsumeBytes(field.content)
			field.frame = func(content []byte) []byte {
				return slices.Concat(head, protowire.AppendVarint(nil, uint64(len(content))), content)
			}
			switch inner := strings.TrimPrefix(field.place, logEntryPlace); {
			case messages[inner]:
				field.children, field.content = []*part{takeMessageApart(t, field.content, field.place)}, nil
			case inner == ".6.5.1":
				field.children, field.content = takeNoteApart(field.content, field.place), nil
			}
		}
		m.children = append(m.children, field)
		raw = raw[n+value:]
	}
	return m
}

// takeNoteApart reads a checkpoint by its lines, and the value of a signature
// line by itself.
func takeNoteApart(note []byte, place string) (lines []*part) {
	for line := range bytes.Lines(note) {
		p := &part{place: fmt.Sprintf("%s.line %d", place, len(lines)+1), frame: plain, content: line, kind: notePart}
		if i := bytes.LastIndexByte(line, ' '); bytes.HasPrefix(line, []byte("\u2014 ")) && i > 0 {
			value, _ := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(line[i:])))
			head := slices.Clone(line[:i+1])
			p.frame = func(content []byte) []byte {
				return slices.Concat(head, []byte(base64.StdEncoding.EncodeToString(content)), []byte("\n"))
			}
			p.content = value
		}
		lines = append(lines, p)
	}
	return lines
}

// mutation changes one part of a signature. It returns false where it does not
// apply to it.
type mutation struct {
	name   string
	change func(above, p *part) bool
	blunt  bool // it makes what nobody would write, and no other mutation mends that
}

var null = []byte{5, 0}

var mutations = []mutation{
	{name: "remove", change: func(above, p *part) bool {
		if above == nil {
			return false
		}
		i := slices.Index(above.children, p)
		if i >= 0 {
			above.children = slices.Delete(slices.Clone(above.children), i, i+1)
		}
		return i >= 0
	}},
	{name: "duplicate", change: func(above, p *part) bool {
		if above == nil {
			return false
		}
		i := slices.Index(above.children, p)
		if i >= 0 {
			above.children = slices.Insert(slices.Clone(above.children), i, p.clone())
		}
		return i >= 0
	}},
	{name: "swap with the next", change: func(above, p *part) bool {
		if above == nil {
			return false
		}
		i := slices.Index(above.children, p)
		if i < 0 || i+1 >= len(above.children) {
			return false
		}
		above.children = slices.Clone(above.children)
		above.children[i], above.children[i+1] = above.children[i+1], above.children[i]
		return true
	}},
	{name: "empty", blunt: true, change: func(_, p *part) bool {
		if len(p.children) == 0 && len(p.content) == 0 {
			return false
		}
		p.children, p.content = nil, nil
		return true
	}},
	{name: "append a zero", blunt: true, change: func(_, p *part) bool {
		if len(p.children) > 0 {
			return false
		}
		p.content = append(slices.Clone(p.content), 0)
		return true
	}},
	{name: "add absent parameters", change: func(_, p *part) bool { // NULL, after an algorithm that stands alone
		if p.kind != derPart || len(p.children) != 1 || len(p.children[0].bytes()) == 0 || p.children[0].bytes()[0] != 6 {
			return false
		}
		p.children = append(slices.Clone(p.children), &part{place: p.place + ".null", frame: plain, content: null})
		return true
	}},
	{name: "negate s", change: func(_, p *part) bool { // of an ECDSA signature: DER, after a key's four octets, or in a BIT STRING
		for _, key := range []int{0, 4, 1} {
			if len(p.children) > 0 || len(p.content) < key {
				continue
			}
			var sig struct{ R, S *big.Int }
			if rest, err := asn1.Unmarshal(p.content[key:], &sig); err != nil || len(rest) > 0 {
				continue
			}
			curve := elliptic.P256()
			if sig.R.BitLen() > 256 || sig.S.BitLen() > 256 {
				curve = elliptic.P384()
			}
			sig.S = new(big.Int).Sub(curve.Params().N, sig.S)
			value, err := asn1.Marshal(sig)
			if err != nil {
				continue
			}
			p.content = slices.Concat(p.content[:key], value)
			return true
		}
		return false
	}},
	{name: "the other version of a kind", change: func(_, p *part) bool {
		switch string(p.content) {
		case "0.0.1":
			p.content = []byte("0.0.2")
		case "0.0.2":
			p.content = []byte("0.0.1")
		default:
			return false
		}
		return true
	}},
	{name: "add an empty promise", change: func(_, p *part) bool {
		if p.kind != entryPart || p.place != logEntryPlace {
			return false
		}
		i := slices.IndexFunc(p.children, func(f *part) bool { return f.number >= 5 })
		if i < 0 || p.children[i].number == 5 {
			return false
		}
		p.children = slices.Insert(slices.Clone(p.children), i, &part{place: p.place + ".5", frame: plain, content: []byte{5<<3 | 2, 0}})
		return true
	}},
	{name: "add a default", change: func(_, p *part) bool { // of the last field
		if p.kind != entryPart {
			return false
		}
		p.children = append(slices.Clone(p.children), &part{place: p.place + ".default", frame: plain, content: []byte{15 << 3, 0}})
		return true
	}},
	{name: "add a witness's line", change: func(above, p *part) bool {
		if p.kind != notePart || above == nil || !bytes.HasPrefix(p.bytes(), []byte("\u2014 ")) {
			return false
		}
		above.children = append(slices.Clone(above.children), &part{place: p.place + " witness", frame: plain, content: []byte(witnessLine("witness.example.com"))})
		return true
	}},
}

// mutant is one mutation of one part of a signature.
type mutant struct {
	at   int // the part, counted in order
	what mutation
}

func (m mutant) name(all []*part) string { return m.what.name + " " + all[m.at].place }

// apply returns the signature with its parts changed, nil where that cannot be
// done or changes nothing.
func apply(original *part, whole []byte, ms ...mutant) []byte {
	p := original.clone()
	type found struct{ above, p *part }
	var all []found
	p.walk(nil, func(above, p *part) { all = append(all, found{above, p}) })
	for _, m := range ms {
		if !m.what.change(all[m.at].above, all[m.at].p) {
			return nil
		}
	}
	der := p.bytes()
	if bytes.Equal(der, whole) {
		return nil
	}
	return der
}

// documentedSpellings are the rows of the table in docs/format.md of what can be
// written in two ways, by the mutations and places that they are about.
func documentedSpellings(t *testing.T) (single, pairs map[string]*regexp.Regexp) {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "docs", "format.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(doc), "\n## 10. ")
	if !ok {
		t.Fatal("docs/format.md has no section 10")
	}
	const token = `signature\.1\.0\.4\.0\.6\.[01]\.1\.0\.1\.0`
	single = map[string]*regexp.Regexp{
		"log's ECDSA signatures":                      regexp.MustCompile(`^negate s signature\.1\.0\.4\.0\.6\.0\.1\.0\.(5\.1|6\.5\.1\.line \d+)$`),
		"cosignatures of the checkpoint":              regexp.MustCompile(`^add a witness's line `),
		"certificate without a log entry":             regexp.MustCompile(`^negate s signature\.1\.0\.3\.0\.2$`),
		"timestamp with a Rekor v1 entry":             regexp.MustCompile(`^remove signature\.1\.0\.4\.0\.6\.1$`),
		"certificates of the timestamp token":         regexp.MustCompile(`^(remove|empty) ` + token + `\.3(\.0)?$`),
		"timestamp authority's ECDSA signature":       regexp.MustCompile(`^negate s ` + token + `\.4\.0\.5$`),
		"parameters of the token's digest algorithms": regexp.MustCompile(`^add absent parameters ` + token + `\.(1\.0|4\.0\.2)$`),
	}
	pairs = map[string]*regexp.Regexp{
		"form of a Rekor v2 entry":        regexp.MustCompile(`^add an empty promise .*, and the other version of a kind `),
		"log's signature on a checkpoint": regexp.MustCompile(`^duplicate \S+line \d+, and negate s \S+line \d+$`),
	}
	for _, rows := range []map[string]*regexp.Regexp{single, pairs} {
		for name := range rows {
			if !strings.Contains(section, "| "+name+" |") {
				t.Errorf("docs/format.md does not name %q", name)
			}
		}
	}
	return single, pairs
}

// TestNoMutationIsGood changes the structure of good signatures, one part and two
// parts at a time: what stays good has one spelling, or docs/format.md names it.
func TestNoMutationIsGood(t *testing.T) {
	t.Parallel()
	known, knownPairs := documentedSpellings(t)
	var mu sync.Mutex
	met := make(map[string]bool)
	all := goods(t)
	all = append(all, good{kindNames[stamped], all[0].verifier, payload, private().sign(t, signing{kind: stamped, payload: payload})})
	for _, g := range all {
		t.Run(g.name, func(t *testing.T) {
			whole := decodeArmor(t, g.signature)
			original := takeApart(t, whole, "signature")
			if !bytes.Equal(original.bytes(), whole) {
				t.Fatal("taken apart and put together again it is another")
			}
			var all []*part
			original.walk(nil, func(_, p *part) { all = append(all, p) })
			isGood := func(der []byte) bool {
				r := g.verifier.Verify(g.payload, armor(der))
				if g.name == kindNames[stamped] { // but for the log entry
					return r.Verdict == verifier.Unproven && r.Check(verifier.CheckTimestamp).Outcome == verifier.Passed
				}
				return r.Verdict == verifier.Good
			}
			if !isGood(whole) {
				t.Fatal("it is not good to begin with")
			}

			var singles []mutant
			same := make(map[string]bool) // other spellings
			spells := make(map[mutantKey]bool)
			for at := range all {
				for i, what := range mutations {
					m := mutant{at, what}
					der := apply(original, whole, m)
					if der == nil {
						continue
					}
					singles = append(singles, m)
					if !isGood(der) {
						continue
					}
					row := ""
					for name, places := range known {
						if places.MatchString(m.name(all)) {
							row = name
						}
					}
					if row == "" {
						t.Errorf("stays good: %s", m.name(all))
					}
					met[row], same[string(der)], spells[mutantKey{at, i}] = true, true, true
				}
			}
			t.Logf("%d parts, %d mutations", len(all), len(singles))

			var pairs atomic.Int64
			eachPair(singles, func(a, b mutant) {
				if !promising(a, b, all, g.name) && !sampled(a, b) {
					return
				}
				pairs.Add(1)
				der := apply(original, whole, a, b)
				if der == nil || same[string(der)] || !isGood(der) {
					return
				}
				name := a.name(all) + ", and " + b.name(all)
				for row, places := range knownPairs {
					if places.MatchString(name) {
						mu.Lock()
						met[row] = true
						mu.Unlock()
						return
					}
				}
				if !spells[a.key()] || !spells[b.key()] {
					t.Errorf("stay good: %s", name)
				}
			})
			t.Logf("%d pairs", pairs.Load())
		})
	}
	maps.Copy(known, knownPairs)
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if !met[name] {
			t.Errorf("%s: docs/format.md names it, and nothing of the kind is good", name)
		}
	}
}

// promising reports whether two mutations could agree with each other: those in
// one part of the evidence that somebody could write. Of what kinds of signature
// share, one kind has its turn.
func promising(a, b mutant, all []*part, kind string) bool {
	evidence := func(m mutant) string {
		place, ok := strings.CutPrefix(all[m.at].place, "signature.1.0.4.0.6.")
		if !ok {
			return ""
		}
		return place[:1]
	}
	turn := map[string][]string{kindNames[v1]: {"", "0"}, kindNames[v2Stamped]: {"0"}, kindNames[stamped]: {"", "0"}}
	return !a.what.blunt && !b.what.blunt && evidence(a) == evidence(b) && slices.Contains(turn[kind], evidence(a))
}

// sampled picks one pair in some.
func sampled(a, b mutant) bool {
	const some = 31
	return (a.at*7+b.at)%some == 0
}

type mutantKey struct{ at, what int }

func (m mutant) key() mutantKey {
	return mutantKey{m.at, slices.IndexFunc(mutations, func(o mutation) bool { return o.name == m.what.name })}
}

// eachPair calls f with every pair, on all processors.
func eachPair(singles []mutant, f func(a, b mutant)) {
	var wg sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for worker := range n {
		wg.Go(func() {
			for i := worker; i < len(singles); i += n {
				for _, b := range singles[i+1:] {
					f(singles[i], b)
				}
			}
		})
	}
	wg.Wait()
}
