package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestListensOnLoopbackOnly looks at every socket of the process, also those of the components' inner servers.
func TestListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	proc := filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid))
	fds, err := filepath.Glob(filepath.Join(proc, "fd", "*"))
	if err != nil {
		t.Fatal(err)
	}
	inodes := make(map[string]bool)
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && strings.HasPrefix(target, "socket:[") {
			inodes[strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")] = true
		}
	}
	listening := 0
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		file, err := os.Open(filepath.Join(proc, "net", table))
		if os.IsNotExist(err) {
			continue // no IPv6 here
		}
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			// sl local_address rem_address st ... inode
			fields := strings.Fields(lines.Text())
			if len(fields) < 10 || !inodes[fields[9]] {
				continue
			}
			if !strings.HasPrefix(fields[1], "0100007F:") {
				t.Errorf("%s: socket on %s", table, fields[1])
			}
			if fields[3] == "0A" {
				listening++
			}
		}
	}
	if listening < len(services) {
		t.Errorf("%d listening sockets, fewer than the services", listening)
	}
}
