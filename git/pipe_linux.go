package git

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// widen lets a pipe hold walkBuffer bytes in place of 64 KiB, so that writer and
// reader wake each other less often. A kernel that refuses leaves it as it is.
func widen(pipe io.Reader) {
	file, ok := pipe.(syscall.Conn)
	if !ok {
		return
	}
	conn, err := file.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, walkBuffer) })
}
