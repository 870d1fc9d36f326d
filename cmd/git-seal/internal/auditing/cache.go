package auditing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/cache"
	"github.com/git-seal/git-seal/verifier/wholefile"
)

// CacheOptions are what the flags say about what earlier audits verified.
type CacheOptions struct{ None, forget bool }

// Add adds the flags.
func (o *CacheOptions) Add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.None, "no-cache", false, "neither use nor keep what audits of this repository verified")
	cmd.Flags().BoolVar(&o.forget, "forget", false, "forget what earlier audits verified, and verify all of it again")
}

// auditCacheFile is where the memory is, in the directory that a repository
// shares with its worktrees.
const auditCacheFile = "git-seal/audit-cache"

// auditKeyFile has the key of the memory's MACs, in the user's state directory:
// whoever made the repository does not have it.
const (
	auditKeyFile = "audit-key"
	auditKeySize = 32
)

// auditCache is the cache of one audit; nil where it has none.
type auditCache struct {
	*cache.Cache
	host *host.Host
}

// openCache finds what earlier audits of the repository verified. Whatever is
// wrong with that is a warning: the audit verifies all of it again.
func openCache(ctx context.Context, h *host.Host, repo *git.Repository, judge *judging.Judge, o CacheOptions) *auditCache {
	if o.None && !o.forget {
		return nil
	}
	m, err := loadCache(ctx, h, repo, judge, o)
	switch {
	case err != nil && m == nil:
		h.Warn("what audits verify is not kept: %v", err)
	case err != nil:
		h.Warn("what earlier audits verified is not used: %v", err)
	}
	return m
}

func loadCache(ctx context.Context, h *host.Host, repo *git.Repository, judge *judging.Judge, o CacheOptions) (*auditCache, error) {
	dir, err := repo.CommonDir(ctx)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, filepath.FromSlash(auditCacheFile))
	if info, err := os.Lstat(filepath.Dir(path)); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s: not a directory", filepath.Dir(path)) // whoever made the repository may have set a link there
	}
	if o.forget {
		if err := cache.Forget(path); err != nil {
			return nil, err
		}
	}
	if o.None {
		return nil, nil
	}
	key, err := auditKey(h)
	if err != nil {
		return nil, err
	}
	program, err := digestOfProgram()
	if err != nil {
		return nil, err
	}
	m, err := cache.Open(cache.Options{Path: path, Key: key, Program: program, Roots: judge.Roots, Verifier: judge.Verifier})
	return &auditCache{m, h}, err
}

// orNone is the memory as package audit takes it.
func (m *auditCache) orNone() audit.Memory {
	if m == nil {
		return nil
	}
	return m.Cache
}

// save keeps what was verified, of an audit that broke off too.
func (m *auditCache) save() {
	if m == nil {
		return
	}
	defer m.Close()
	if n := m.Damaged(); n > 0 {
		m.host.Warn("of what earlier audits verified, %d records were not used: they are damaged, or were changed", n)
	}
	if err := m.Save(); err != nil {
		m.host.Warn("what this audit verified is not kept: %v", err)
	}
}

// digestOfProgram stands for the verifier's version: no two programs share it,
// whatever they say that they are.
func digestOfProgram() (digest [sha256.Size]byte, err error) {
	path, err := os.Executable()
	if err != nil {
		return digest, err
	}
	f, err := os.Open(path)
	if err != nil {
		return digest, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return digest, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// auditKey reads the user's key and makes it where there is none. A key that
// others could have read, or have made, is not used.
func auditKey(h *host.Host) ([]byte, error) {
	path, err := h.StatePath(auditKeyFile)
	if err != nil {
		return nil, err
	}
	if err := makeAuditKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !host.IsPrivate(info) {
		return nil, fmt.Errorf("%s has to be a file of yours that nobody else may read: remove it, and the next audit makes another", path)
	}
	key, err := host.ReadFileMax(path, auditKeySize)
	if err == nil && len(key) != auditKeySize {
		err = fmt.Errorf("%s is not the key that was written there: remove it, and the next audit makes another", path)
	}
	return key, err
}

// makeAuditKey writes a new key unless there is a file: of two processes that do
// so at once, both then read the same one, whole.
func makeAuditKey(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	key := make([]byte, auditKeySize)
	rand.Read(key)
	return wholefile.WriteNew(path, key, 0o600)
}
