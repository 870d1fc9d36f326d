//go:build !unix

package host

import "io/fs"

// IsPrivate reports whether info is of a regular file: outside Unix the mode says
// nothing, and a file is as private as its directory.
func IsPrivate(info fs.FileInfo) bool { return info.Mode().IsRegular() }
