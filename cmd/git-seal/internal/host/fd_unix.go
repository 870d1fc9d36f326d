//go:build unix

package host

import (
	"errors"
	"os"
	"syscall"
)

// OpenFD returns the file of a descriptor that the caller passed, or an error if
// the descriptor is not open. If 0, 1 or 2 is closed, the Go runtime opens
// /dev/null there for reading and writing. A write would then succeed and reach no
// one, so that counts as closed.
func OpenFD(fd int) (*os.File, error) {
	var stat, null syscall.Stat_t
	if err := syscall.Fstat(fd, &stat); err != nil || stat.Mode&syscall.S_IFMT == 0 { // 0: the Go runtime's own epoll
		return nil, errors.New("not open for writing")
	}
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFL, 0)
	if errno != 0 {
		return nil, errno
	}
	mode := int(flags) & syscall.O_ACCMODE
	switch {
	case mode == syscall.O_RDONLY:
		return nil, errors.New("not open for writing")
	case mode == syscall.O_RDWR && syscall.Stat(os.DevNull, &null) == nil && stat.Rdev == null.Rdev && stat.Mode&syscall.S_IFMT == syscall.S_IFCHR:
		return nil, errors.New("closed")
	}
	switch fd {
	case 1:
		return os.Stdout, nil
	case 2:
		return os.Stderr, nil
	}
	return os.NewFile(uintptr(fd), "status-fd"), nil
}
