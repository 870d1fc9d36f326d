package git

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// AmbiguousError says that readers of git's object format could understand an
// object in more than one way, so that nobody can say what was signed.
type AmbiguousError struct {
	Type   ObjectType
	Header string // name of the header; empty when it has none
	Offset int    // of the header, in bytes from the beginning of the raw object
	Reason string
}

func (e *AmbiguousError) Error() string {
	if e.Header == "" {
		return fmt.Sprintf("ambiguous %s: byte %d: %s", e.Type, e.Offset, e.Reason)
	}
	return fmt.Sprintf("ambiguous %s: header %q at byte %d: %s", e.Type, e.Header, e.Offset, e.Reason)
}

// header is one header with its continuation lines, as offsets into the raw
// object; its end is behind the final newline.
type header struct {
	name       string
	start, end int
	folded     bool // it has continuation lines
}

// value returns what stands behind the name and the space, without the final
// newline; of a folded header, unfolded.
func (h header) value(raw []byte) []byte {
	return bytes.TrimSuffix(unfold(raw[h.start:h.end]), []byte("\n"))
}

// headers returns the headers of the raw object in order, and the offset of
// the blank line behind them, which is the object's end if it has no message.
func (o *Object) headers() (headers []header, blank int, err error) {
	raw := o.Raw
	pos := 0
	for pos < len(raw) && raw[pos] != '\n' {
		n := bytes.IndexByte(raw[pos:], '\n')
		if n < 0 {
			return nil, 0, o.ambiguous("", pos, "the header block has no end")
		}
		line := raw[pos : pos+n]
		if nul := bytes.IndexByte(line, 0); nul >= 0 {
			return nil, 0, o.ambiguous("", pos+nul, "a NUL among the headers")
		}
		switch {
		case line[0] == ' ' && len(headers) == 0:
			return nil, 0, o.ambiguous("", pos, "a continuation line before the first header")
		case line[0] == ' ':
			last := &headers[len(headers)-1]
			last.end, last.folded = pos+n+1, true
		case len(line) == 1 && line[0] == '\r':
			return nil, 0, o.ambiguous("", pos, "a carriage return where the headers could end")
		case len(headers) == maxHeaders:
			return nil, 0, o.ambiguous("", pos, fmt.Sprintf("more than %d headers", maxHeaders))
		default:
			name, _, _ := bytes.Cut(line, []byte(" "))
			headers = append(headers, header{name: string(name), start: pos, end: pos + n + 1})
		}
		pos += n + 1
	}
	return headers, pos, nil
}

func (o *Object) ambiguous(name string, offset int, reason string) error {
	return &AmbiguousError{Type: o.Type, Header: name, Offset: offset, Reason: reason}
}

// The headers that git itself reads, each where it must stand.
var (
	commitHeaders = []string{"tree", "parent", "author", "committer"}
	tagHeaders    = []string{"object", "type", "tag", "tagger"}
)

// fixedHeaders takes the headers that every object of its type begins with off
// the front of headers, gives each to use, and returns the others. Git's
// readers find them by their place and others by their name, so a header that
// stands anywhere else or twice is refused.
func (o *Object) fixedHeaders(headers []header, names []string, use func(h header, value []byte) string) (rest []header, err error) {
	rest = headers
	for _, name := range names {
		n := 0
		for len(rest) > 0 && rest[0].name == name && (n == 0 || name == "parent") {
			h := rest[0]
			if h.folded {
				return nil, o.ambiguous(name, h.start, "it has a continuation line")
			}
			if reason := use(h, h.value(o.Raw)); reason != "" {
				return nil, o.ambiguous(name, h.start, reason)
			}
			rest = rest[1:]
			n++
		}
		if n > 0 || name == "parent" || name == "tagger" {
			continue
		}
		if len(rest) == 0 {
			return nil, o.ambiguous(name, len(o.Raw), "missing")
		}
		if !slices.Contains(names, rest[0].name) {
			return nil, o.ambiguous(name, rest[0].start, fmt.Sprintf("missing: %q stands in its place", rest[0].name))
		}
		break
	}
	for _, h := range rest {
		if slices.Contains(names, h.name) {
			return nil, o.ambiguous(h.name, h.start, "a second time, or out of its place")
		}
	}
	return rest, nil
}

// extraHeaders sorts the headers behind the fixed ones. Signature headers go to
// the spans, and so does everything else up to the message's beginning; no
// header that a reader looks for by name may stand twice.
func (o *Object) extraHeaders(headers []header, blank int) error {
	own, other := o.Format.signatureHeaders()
	seen := map[string]bool{}
	pos := 0
	for _, h := range headers {
		var as role
		switch {
		case h.name == own && o.Type == Tag:
			return o.ambiguous(h.name, h.start, "a tag's own signature stands behind its message")
		case h.name == own:
			as = ownSignature
		case h.name == other:
			as = otherSignature
		case strings.HasPrefix(h.name, "gpgsig"):
			return o.ambiguous(h.name, h.start, "git takes it for a signature, other readers do not")
		case h.name == "encoding" && h.folded:
			return o.ambiguous(h.name, h.start, "it has a continuation line")
		case h.name == "encoding":
		case h.name == "mergetag" && o.Type == Commit:
			o.mergetags = append(o.mergetags, span{start: h.start, end: h.end})
			continue
		default:
			continue
		}
		if seen[h.name] {
			return o.ambiguous(h.name, h.start, "a second time")
		}
		seen[h.name] = true
		if as == signed {
			continue
		}
		if o.Raw[h.start+len(h.name)] != ' ' {
			return o.ambiguous(h.name, h.start, "it has no value")
		}
		if as == otherSignature && !isArmored(h.value(o.Raw)) {
			return o.ambiguous(h.name, h.start, "not a signature in its armor, and no signature covers it")
		}
		o.addSpan(signed, pos, h.start)
		o.addSpan(as, h.start, h.end)
		pos = h.end
	}
	o.addSpan(signed, pos, blank)
	return nil
}

// addSpan appends a span, joining it with the one before if both are signed.
func (o *Object) addSpan(as role, start, end int) {
	if start == end {
		return
	}
	if n := len(o.spans); n > 0 && as == signed && o.spans[n-1].role == signed {
		o.spans[n-1].end = end
		return
	}
	o.spans = append(o.spans, span{role: as, start: start, end: end})
}
