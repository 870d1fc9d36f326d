package git

import (
	"bytes"
)

// parseTag splits a tag: object, type, tag, tagger (which tags of git's first
// years lack), then any other headers, a blank line, the message, and from the
// last line that begins an armor on the signature.
func (o *Object) parseTag() error {
	headers, blank, err := o.headers()
	if err != nil {
		return err
	}
	rest, err := o.fixedHeaders(headers, tagHeaders, func(h header, value []byte) string {
		switch h.name {
		case "object":
			if !isID(value, o.Format) {
				return "not the id of an object"
			}
			o.target = string(value)
		case "type":
			if !isType(value) {
				return "not a type of object"
			}
			o.targetTyp = string(value)
		case "tag":
			o.tagName = string(value)
		case "tagger":
			o.ident = value
		}
		return ""
	})
	if err != nil {
		return err
	}
	for _, h := range rest {
		if SchemeOf(o.Raw[h.start:h.end]) != Junk {
			return o.ambiguous("", h.start, "an armor begins among the headers")
		}
	}
	if err := o.extraHeaders(rest, blank); err != nil {
		return err
	}
	armor := lastArmor(o.Raw, blank)
	o.addSpan(signed, blank, armor)
	o.addSpan(ownSignature, armor, len(o.Raw))
	o.body = min(blank+1, armor)
	return nil
}

func isType(b []byte) bool {
	switch string(b) {
	case "commit", "tree", "blob", "tag":
		return true
	}
	return false
}

// lastArmor returns the offset of the last line from offset start on that
// begins an armor of any scheme, or the length of raw if there is none. Git
// takes the last one, so that a message may quote another's signature.
func lastArmor(raw []byte, start int) int {
	last := len(raw)
	for pos := start; pos < len(raw); {
		if raw[pos] == '-' && SchemeOf(raw[pos:]) != Junk {
			last = pos
		}
		n := bytes.IndexByte(raw[pos:], '\n')
		if n < 0 {
			break
		}
		pos += n + 1
	}
	return last
}

// TagName returns the name that a tag itself carries, which need not be the
// name of the ref that leads to it. Of a commit it is empty.
func (o *Object) TagName() string { return o.tagName }

// Target returns the id and the type of the object that a tag points to. Of a
// commit both are empty.
func (o *Object) Target() (id, typ string) { return o.target, o.targetTyp }
