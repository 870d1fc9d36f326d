package git

import "bytes"

// parseCommit splits a commit: tree, any number of parents, author, committer,
// then any other headers, a blank line and the message.
func (o *Object) parseCommit() error {
	headers, blank, err := o.headers()
	if err != nil {
		return err
	}
	rest, err := o.fixedHeaders(headers, commitHeaders, func(h header, value []byte) string {
		switch h.name {
		case "tree", "parent":
			if !isID(value, o.Format) {
				return "not the id of an object"
			}
		case "committer":
			o.ident = value
		}
		return ""
	})
	if err != nil {
		return err
	}
	if err := o.extraHeaders(rest, blank); err != nil {
		return err
	}
	o.addSpan(signed, blank, len(o.Raw))
	o.body = min(blank+1, len(o.Raw))
	return nil
}

// Subject returns the first line of the message, for people: raw bytes, neither
// converted from the commit's encoding nor made safe for a terminal. Of a tag's
// message the signature is no part.
func (o *Object) Subject() string {
	end := len(o.Raw)
	if last := o.spans[len(o.spans)-1]; last.role == ownSignature {
		end = last.start
	}
	message := bytes.TrimLeft(o.Raw[min(o.body, end):end], "\r\n")
	line, _, _ := bytes.Cut(message, []byte("\n"))
	return string(bytes.TrimSuffix(line, []byte("\r")))
}
