// Package cache keeps, in a file, what an audit verified, so that the next one
// verifies only what is new. It keeps findings, which follow from an object's
// bytes and the trusted roots alone, and never what a policy made of them.
//
// The file lies where others may write, in a repository. So each record stands
// under a MAC whose key lies elsewhere, and what does not hold is as if it were
// not there: the object is verified again. A record that somebody took away or
// put back costs time and nothing else.
package cache

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/trust"
)

// Caps on what is held in memory, however much a file holds.
const (
	// maxCertificates bounds the certificates that are kept parsed. A person's
	// certificate counts for minutes, so those of one stand close together.
	maxCertificates = 4096
	// maxRun bounds the records that wait to be written.
	maxRun = 4 << 20
)

// leftBehind is how long nothing is written to a file before whoever wrote it is
// taken for dead: an audit writes every few megabytes.
const leftBehind = 24 * time.Hour

// Options say where a Cache is, and for what it is good.
type Options struct {
	// Path is the file. The directory that it is in is made when there is
	// something to keep; the one above has to be there.
	Path string
	// Key is the MAC's: 32 random bytes or more that nobody else has.
	Key []byte
	// Program is a digest of whatever verifies: findings of another program
	// are not believed.
	Program [sha256.Size]byte
	// Roots are those of Verifier, in their order.
	Roots []*trust.Root
	// Verifier reads and writes findings.
	Verifier *verifier.Verifier
}

// Cache is an audit.Memory in a file. What it keeps is in the file after Save.
type Cache struct {
	options Options
	scope   *scope
	table   *table // nil where there is none to be relied on

	damaged atomic.Int64

	mu           sync.Mutex
	certificates map[[sha256.Size]byte]*x509.Certificate
	written      map[[sha256.Size]byte]bool // certificates that are among the runs
	runs         *runs
	err          error // of writing; then nothing more is kept
}

var _ audit.Memory = (*Cache)(nil)

// Open returns the cache in a file. A file that is not there is empty; for one
// that is not to be relied on (ErrOtherProgram, ErrOtherRoots, ErrForeign,
// ErrDamaged, or one that cannot be read) the cache is empty and usable too,
// and Save replaces the file: the error says why.
func Open(o Options) (*Cache, error) {
	c := &Cache{
		options: o, scope: newScope(o),
		certificates: map[[sha256.Size]byte]*x509.Certificate{}, written: map[[sha256.Size]byte]bool{},
	}
	var err error
	c.table, err = openTable(o.Path, c.scope)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return c, err
}

// Forget removes the file at path, and what was to become one; that there is
// none is no error.
func Forget(path string) error {
	sweep(path, time.Time{})
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// sweep removes files that were to become the one at path, and were last written
// to before a time, the zero time for all: what is left of audits that were
// killed.
func sweep(path string, before time.Time) {
	left, _ := filepath.Glob(path + ".*-*") // of a directory whose name is a pattern nothing is found
	for _, name := range left {
		if info, err := os.Lstat(name); err == nil && (before.IsZero() || info.ModTime().Before(before)) {
			_ = os.Remove(name) // it is in nobody's way
		}
	}
}

// Damaged is how many records were not relied on so far, because they are not
// what was written.
func (c *Cache) Damaged() int { return int(c.damaged.Load()) }

// Recall returns what is known of the object with this SHA-256.
func (c *Cache) Recall(raw [sha256.Size]byte) *verifier.Findings {
	record := c.find(raw)
	if record == nil {
		return nil
	}
	findings, err := c.options.Verifier.ParseFindings(record, c.certificate)
	if err != nil {
		c.damaged.Add(1)
		return nil
	}
	return findings
}

func (c *Cache) find(key [sha256.Size]byte) []byte {
	if c.table == nil {
		return nil
	}
	record, err := c.table.find(key)
	if err != nil {
		c.damaged.Add(1)
	}
	return record
}

// certificate returns the one with this SHA-256, nil where none is known.
func (c *Cache) certificate(digest [sha256.Size]byte) *x509.Certificate {
	c.mu.Lock()
	known := c.certificates[digest]
	c.mu.Unlock()
	if known != nil {
		return known
	}
	der := c.find(digest)
	if der == nil || sha256.Sum256(der) != digest {
		return nil
	}
	parsed, err := x509.ParseCertificate(bytes.Clone(der))
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.certificates) == maxCertificates {
		clear(c.certificates)
	}
	c.certificates[digest] = parsed
	return parsed
}

// Keep notes findings for Save.
func (c *Cache) Keep(raw [sha256.Size]byte, f *verifier.Findings) {
	record := c.options.Verifier.MarshalFindings(f)
	if record == nil {
		return
	}
	record = c.scope.record(raw, record)
	der := f.Certificate().Raw
	digest := sha256.Sum256(der)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.written[digest] {
		if len(c.written) == maxCertificates {
			clear(c.written)
		}
		c.written[digest] = true
		c.add(c.scope.record(digest, der))
	}
	c.add(record)
}

// add appends a record to the runs; c.mu is held.
func (c *Cache) add(record []byte) {
	if c.err != nil || record == nil {
		return
	}
	if c.runs == nil {
		if c.runs, c.err = newRuns(c.options.Path); c.err != nil {
			return
		}
	}
	c.err = c.runs.add(record)
}

// Save writes what is new into the file, together with what stands there by
// then: another audit may have written it meanwhile. The file is replaced whole,
// so that nobody reads half of it; of two that do so at once one is kept, and
// the other's findings will be made again.
func (c *Cache) Save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil || c.runs == nil {
		return c.err
	}
	sources, err := c.runs.sources()
	if err != nil {
		return err
	}
	if present, err := openTable(c.options.Path, c.scope); err == nil {
		defer present.close()
		if present.header.size <= maxTable {
			sources = append(sources, present.source())
		}
	}
	if err := writeTable(c.options.Path, c.scope, sources); err != nil {
		return err
	}
	if info, err := os.Lstat(c.options.Path); err == nil {
		sweep(c.options.Path, info.ModTime().Add(-leftBehind))
	}
	return nil
}

// Close lets go of the files. What was not saved is forgotten.
func (c *Cache) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.table != nil {
		c.table.close()
		c.table = nil
	}
	if c.runs != nil {
		c.runs.close()
		c.runs = nil
	}
}
