//go:build !unix

package main

import "io/fs"

// isPrivate says whether it is a file: outside Unix its mode tells nothing, and it
// is as private as the directory that it is in.
func isPrivate(info fs.FileInfo) bool { return info.Mode().IsRegular() }
