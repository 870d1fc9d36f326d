//go:build unix

package wholefile

import (
	"os"

	"golang.org/x/sys/unix"
)

// closeBeforeRename: a file keeps its lock until it has its name.
const closeBeforeRename = false

// own marks a temporary file as that of a living process, by a lock that ends
// with it. Where the file system has no locks no file is ever taken for
// abandoned, so that it is owned as well.
func own(f *os.File) bool {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != unix.EWOULDBLOCK
}

// removeAbandoned removes a temporary file that no process owns.
func removeAbandoned(name string) {
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil && isAt(f, name) {
		os.Remove(name)
	}
}
