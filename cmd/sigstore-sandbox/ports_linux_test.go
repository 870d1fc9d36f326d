package main

import (
	"fmt"
	"net"
	"testing"
)

// TestReservedPort asks for more ports than there are: none is the reserved one, which can be listened on by number.
func TestReservedPort(t *testing.T) {
	t.Parallel()
	port, release, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for range 60000 {
		l, err := net.Listen("tcp4", loopback+":0")
		if err != nil {
			t.Fatal(err)
		}
		got := l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		if got == port {
			t.Fatal("the reserved port was given out")
		}
	}
	l, err := net.Listen("tcp4", fmt.Sprintf("%s:%d", loopback, port))
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}
