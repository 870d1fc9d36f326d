//go:build !unix

package host

import "io/fs"

// IsPrivate says whether it is a file: outside Unix its mode tells nothing, and it
// is as private as the directory that it is in.
func IsPrivate(info fs.FileInfo) bool { return info.Mode().IsRegular() }
