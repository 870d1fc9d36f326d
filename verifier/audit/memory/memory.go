// Package memory keeps, in a file, what an audit verified, so that the next one
// verifies only what is new. It keeps findings, which follow from an object's
// bytes and the trusted roots alone, and never what a policy made of them.
//
// The file lies where others may write, in a repository. So each record stands
// under a MAC whose key lies elsewhere, and what does not hold is as if it were
// not there: the object is verified again. A record that somebody took away or
// put back costs time and nothing else.
package memory

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

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

// Options say where a Memory is, and for what it is good.
type Options struct {
	// Path is the file. Its directory has to be there.
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

// Memory is an audit.Memory in a file. What it keeps is in the file after Save.
type Memory struct {
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

var _ audit.Memory = (*Memory)(nil)

// Open returns the memory in a file. A file that is not there is empty; for one
// that is not to be relied on (ErrOtherProgram, ErrOtherRoots, ErrForeign,
// ErrDamaged, or one that cannot be read) the memory is empty and usable too,
// and Save replaces the file: the error says why.
func Open(o Options) (*Memory, error) {
	m := &Memory{
		options: o, scope: newScope(o),
		certificates: map[[sha256.Size]byte]*x509.Certificate{}, written: map[[sha256.Size]byte]bool{},
	}
	var err error
	m.table, err = openTable(o.Path, m.scope)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return m, err
}

// Forget removes the file at path; that there is none is no error.
func Forget(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Damaged is how many records were not relied on so far, because they are not
// what was written.
func (m *Memory) Damaged() int { return int(m.damaged.Load()) }

// Recall returns what is known of the object with this SHA-256.
func (m *Memory) Recall(raw [sha256.Size]byte) *verifier.Findings {
	record := m.find(raw)
	if record == nil {
		return nil
	}
	findings, err := m.options.Verifier.ParseFindings(record, m.certificate)
	if err != nil {
		m.damaged.Add(1)
		return nil
	}
	return findings
}

func (m *Memory) find(key [sha256.Size]byte) []byte {
	if m.table == nil {
		return nil
	}
	record, err := m.table.find(key)
	if err != nil {
		m.damaged.Add(1)
	}
	return record
}

// certificate returns the one with this SHA-256, nil where none is known.
func (m *Memory) certificate(digest [sha256.Size]byte) *x509.Certificate {
	m.mu.Lock()
	known := m.certificates[digest]
	m.mu.Unlock()
	if known != nil {
		return known
	}
	der := m.find(digest)
	if der == nil || sha256.Sum256(der) != digest {
		return nil
	}
	parsed, err := x509.ParseCertificate(bytes.Clone(der))
	if err != nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.certificates) == maxCertificates {
		clear(m.certificates)
	}
	m.certificates[digest] = parsed
	return parsed
}

// Keep notes findings for Save.
func (m *Memory) Keep(raw [sha256.Size]byte, f *verifier.Findings) {
	record := m.options.Verifier.MarshalFindings(f)
	if record == nil {
		return
	}
	record = m.scope.record(raw, record)
	der := f.Certificate().Raw
	digest := sha256.Sum256(der)
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.written[digest] {
		if len(m.written) == maxCertificates {
			clear(m.written)
		}
		m.written[digest] = true
		m.add(m.scope.record(digest, der))
	}
	m.add(record)
}

// add appends a record to the runs; m.mu is held.
func (m *Memory) add(record []byte) {
	if m.err != nil || record == nil {
		return
	}
	if m.runs == nil {
		if m.runs, m.err = newRuns(m.options.Path); m.err != nil {
			return
		}
	}
	m.err = m.runs.add(record)
}

// Save writes what is new into the file, together with what stands there by
// then: another audit may have written it meanwhile. The file is replaced whole,
// so that nobody reads half of it; of two that do so at once one is kept, and
// the other's findings will be made again.
func (m *Memory) Save() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil || m.runs == nil {
		return m.err
	}
	sources, err := m.runs.sources()
	if err != nil {
		return err
	}
	if present, err := openTable(m.options.Path, m.scope); err == nil {
		defer present.close()
		if present.header.size <= maxTable {
			sources = append(sources, present.source())
		}
	}
	return writeTable(m.options.Path, m.scope, sources)
}

// Close lets go of the files. What was not saved is forgotten.
func (m *Memory) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.table != nil {
		m.table.close()
		m.table = nil
	}
	if m.runs != nil {
		m.runs.close()
		m.runs = nil
	}
}
