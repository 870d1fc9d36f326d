package git

import (
	"strconv"
	"strings"
	"time"
)

// Ident is who made a commit or tag and when, as the object itself claims.
type Ident struct {
	Name  string
	Email string    // without the angle brackets; empty unless every reader would read the same one
	When  time.Time // in the zone the object names; zero if it names no time
	Raw   string    // the header's value as it stands in the object
}

// Committer returns the committer of a commit, the tagger of a tag. Of a tag
// without tagger it is the zero Ident.
func (o *Object) Committer() Ident { return parseIdent(string(o.ident)) }

// parseIdent reads "Name <email> seconds zone". Readers disagree about which
// brackets count when there are several pairs, so then there is no e-mail.
func parseIdent(raw string) Ident {
	id := Ident{Raw: raw}
	open, end := strings.IndexByte(raw, '<'), strings.IndexByte(raw, '>')
	if open < 0 || end < open || strings.LastIndexByte(raw, '<') != open || strings.LastIndexByte(raw, '>') != end {
		return id
	}
	id.Name = strings.TrimSpace(raw[:open])
	id.Email = raw[open+1 : end]
	if seconds, zone, ok := strings.Cut(strings.TrimPrefix(raw[end+1:], " "), " "); ok {
		id.When = parseWhen(seconds, zone)
	}
	return id
}

// parseWhen reads seconds since the epoch and a zone of the form +hhmm; what is
// neither gives the zero time.
func parseWhen(seconds, zone string) time.Time {
	s, err := strconv.ParseUint(seconds, 10, 63)
	if err != nil || len(zone) != 5 || (zone[0] != '+' && zone[0] != '-') {
		return time.Time{}
	}
	z, err := strconv.ParseUint(zone[1:], 10, 16)
	if err != nil {
		return time.Time{}
	}
	offset := int(z/100*60+z%100) * 60
	if zone[0] == '-' {
		offset = -offset
	}
	return time.Unix(int64(s), 0).In(time.FixedZone("", offset))
}
