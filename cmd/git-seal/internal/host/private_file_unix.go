//go:build unix

package host

import (
	"io/fs"
	"os"
	"syscall"
)

// IsPrivate reports whether a file belongs to the user and no one else may read or
// write it.
func IsPrivate(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && info.Mode().Perm()&0o077 == 0 && int(stat.Uid) == os.Geteuid()
}
