//go:build !unix

package host

import (
	"errors"
	"os"
)

// OpenFD returns the file of a descriptor that the caller passed. Outside Unix only
// the standard streams can be passed.
func OpenFD(fd int) (*os.File, error) {
	f := map[int]*os.File{1: os.Stdout, 2: os.Stderr}[fd]
	if f == nil {
		return nil, errors.New("not open for writing")
	}
	if _, err := f.Stat(); err != nil {
		return nil, errors.New("closed")
	}
	return f, nil
}
