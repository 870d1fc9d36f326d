//go:build unix

package host

import (
	"io/fs"
	"os"
	"syscall"
)

// IsPrivate says whether a file is the user's own, and nobody else may read or
// write it.
func IsPrivate(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && info.Mode().Perm()&0o077 == 0 && int(stat.Uid) == os.Geteuid()
}
