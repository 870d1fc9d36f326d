package main

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// reservePort finds a free port for a server that must be told one, and keeps it from everybody else until release is
// called.
//
// The reservation is a socket that is bound and does not listen, with SO_REUSEADDR. Linux then gives the port to nobody
// who asks for any, neither to listen nor to connect, and still lets a server that asks for this one listen on it.
func reservePort() (port int, release func(), err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, err
	}
	release = func() { _ = unix.Close(fd) }
	if port, err = bindAnyPort(fd); err != nil {
		release()
		return 0, nil, err
	}
	return port, release, nil
}

func bindAnyPort(fd int) (int, error) {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return 0, err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: netip.MustParseAddr(loopback).As4()}); err != nil {
		return 0, err
	}
	addr, err := unix.Getsockname(fd)
	if err != nil {
		return 0, err
	}
	return addr.(*unix.SockaddrInet4).Port, nil
}
