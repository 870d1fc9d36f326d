//go:build !unix

package host

import (
	"errors"
	"os"
)

// OpenFD is the file behind a descriptor that the caller handed over. Outside
// Unix only the standard streams can be.
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
