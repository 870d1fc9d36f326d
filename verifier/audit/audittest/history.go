package audittest

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// History is what a made history looks like.
type History struct {
	// Commits is how many there are, more than Branches.
	Commits int
	// PerCertificate is how many commits each certificate signs, at most 100,
	// because it lasts ten minutes; 0 leaves all commits unsigned.
	PerCertificate int
	// Signers is how many people there are, at least one.
	Signers int
}

// Branches is how many lines of commits a history has, which are made beside
// each other and which its last commit merges.
const Branches = 8

// interval is the time between two commits of a branch.
const interval = 5 * time.Second

// emptyTree is the tree of every commit.
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

// WritePack writes the history as a pack (gitformat-pack(5)) for `git
// index-pack --stdin`, SHA-1, and returns the id of its last commit.
func (i *Instance) WritePack(w io.Writer, h History) (tip string, err error) {
	switch {
	case h.Commits <= Branches:
		return "", fmt.Errorf("a history of %d commits: it needs more than %d", h.Commits, Branches)
	case h.PerCertificate < 0 || h.PerCertificate > 100:
		return "", fmt.Errorf("%d commits with one certificate", h.PerCertificate)
	case h.Signers < 1:
		return "", errors.New("nobody signs")
	}
	entries := make(chan entry, 64)
	tips := make([]chan line, Branches)
	for n := range tips {
		tips[n] = make(chan line, 1)
		commits := (h.Commits - 1) / Branches
		if n < (h.Commits-1)%Branches {
			commits++
		}
		go func() { tips[n] <- i.branch(h, n, commits, entries) }()
	}
	go func() {
		defer close(entries)
		merge := line{}
		for n := range tips {
			l := <-tips[n]
			merge.parents = append(merge.parents, l.parents...)
			merge.err = errors.Join(merge.err, l.err)
		}
		if merge.err == nil {
			at := Epoch.Add(time.Duration(h.Commits) * interval)
			tip, merge.err = i.commit(h, merge.parents, 0, "merge everything", at, &line{}, entries)
		}
		err = merge.err
	}()
	if packErr := writePack(w, h.Commits+1, entries); packErr != nil {
		for range entries { // let the branches end
		}
		return "", packErr
	}
	return tip, err
}

// line is a branch in the making.
type line struct {
	parents     []string
	certificate *certificate
	signed      int // with the certificate
	err         error
}

func (i *Instance) branch(h History, n, commits int, entries chan<- entry) line {
	var l line
	for c := range commits {
		signer := (n + c/max(h.PerCertificate, 1)*Branches) % h.Signers
		at := Epoch.Add(time.Duration(c) * interval).Add(time.Duration(n) * time.Second / 2)
		id, err := i.commit(h, l.parents, signer, fmt.Sprintf("branch %d: commit %d", n, c), at, &l, entries)
		if err != nil {
			return line{err: err}
		}
		l.parents = []string{id}
	}
	return l
}

// commit makes one commit and returns its id.
func (i *Instance) commit(h History, parents []string, signer int, subject string, at time.Time, l *line, entries chan<- entry) (string, error) {
	var head bytes.Buffer
	fmt.Fprintf(&head, "tree %s\n", emptyTree)
	for _, p := range parents {
		fmt.Fprintf(&head, "parent %s\n", p)
	}
	for _, role := range []string{"author", "committer"} {
		fmt.Fprintf(&head, "%s Signer %d <%s> %d +0000\n", role, signer, Signer(signer), at.Unix())
	}
	message := "\n" + subject + "\n"
	raw := append(head.Bytes(), message...)
	if h.PerCertificate > 0 {
		if l.certificate == nil || l.signed == h.PerCertificate {
			var err error
			if l.certificate, err = i.issue(Signer(signer), at); err != nil {
				return "", err
			}
			l.signed = 0
		}
		l.signed++
		signature, err := i.sign(l.certificate, raw, at)
		if err != nil {
			return "", err
		}
		folded := bytes.ReplaceAll(bytes.TrimSuffix(signature, []byte("\n")), []byte("\n"), []byte("\n "))
		raw = fmt.Appendf(nil, "%sgpgsig %s\n%s", head.Bytes(), folded, message)
	}
	sum := sha1.Sum(fmt.Appendf(nil, "commit %d\x00%s", len(raw), raw))
	e, err := newEntry(packCommit, raw)
	if err != nil {
		return "", err
	}
	entries <- e
	return hex.EncodeToString(sum[:]), nil
}
