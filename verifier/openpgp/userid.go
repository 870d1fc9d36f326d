package openpgp

import (
	"cmp"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// UserIDs returns the names that the key gives itself at a time, the primary one
// first. They are as the file has them: escape them before printing.
func (k *Key) UserIDs(at time.Time) []string {
	k.settle()
	type name struct {
		text    string
		primary bool
		created time.Time
	}
	var names []name
	for _, c := range k.names {
		if s := c.nameAt(at); s != nil {
			primary := s.subpacket(subPrimaryUserID)
			names = append(names, name{*c.name, len(primary) == 1 && primary[0] != 0, s.created})
		}
	}
	slices.SortFunc(names, func(a, b name) int {
		switch {
		case a.primary != b.primary && a.primary:
			return -1
		case a.primary != b.primary:
			return 1
		}
		return cmp.Or(b.created.Compare(a.created), strings.Compare(a.text, b.text))
	})
	var texts []string
	for _, n := range names {
		texts = append(texts, n.text)
	}
	return texts
}

// Names returns all names that are in the key's files, whether or not the key has
// signed them and whatever they were valid for: to compare with, not to trust.
func (k *Key) Names() []string {
	var texts []string
	for _, c := range k.names {
		texts = append(texts, *c.name)
	}
	return texts
}

// Address returns the e-mail address of a user id, "Ana <ana@example.com>" or
// the bare address, empty if it has none that every reader would read.
func Address(userID string) string {
	address := userID
	if open := strings.IndexByte(userID, '<'); open >= 0 {
		inside, ok := strings.CutSuffix(userID[open+1:], ">")
		if !ok || strings.ContainsAny(inside, "<>") {
			return ""
		}
		address = inside
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address {
		return ""
	}
	return address
}
