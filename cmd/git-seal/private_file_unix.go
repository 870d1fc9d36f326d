//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// isPrivate says whether a file is the user's own, and nobody else may read or
// write it.
func isPrivate(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && info.Mode().Perm()&0o077 == 0 && int(stat.Uid) == os.Geteuid()
}
