//go:build !linux

package main

import "net"

// reservePort finds a free port for a server that must be told one. Only Linux can keep it from others until the
// server listens, so somebody may be quicker here.
func reservePort() (port int, release func(), err error) {
	l, err := net.Listen("tcp4", loopback+":0")
	if err != nil {
		return 0, nil, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, func() {}, nil
}
