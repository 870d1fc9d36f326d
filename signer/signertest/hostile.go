package signertest

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// Serve calls serve for each connection until the test ends. The function may
// speak any protocol.
func Serve(t testing.TB, serve func(c net.Conn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				stop := context.AfterFunc(t.Context(), func() { c.Close() })
				defer stop()
				serve(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// ReadRequest reads one request of HTTP/1.1 whole.
func ReadRequest(c net.Conn) bool {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}

// forever writes text again and again until the other side is gone.
func forever(c net.Conn, text string) {
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

// Hang waits until the other side is gone.
func Hang(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// Hostile is what a server can do after it has read a request.
type Hostile struct {
	Name   string
	Answer func(c net.Conn)
}

// Hostiles are servers that let a client wait, or send it data without end.
var Hostiles = []Hostile{
	{"101 and silence", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
		Hang(c)
	}},
	{"101 and no end", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
		forever(c, strings.Repeat("x", 4096))
	}},
	{"101 without an upgrade", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 5\r\n\r\n")
		Hang(c)
	}},
	{"early hints without end", func(c net.Conn) { forever(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n") }},
	{"100 Continue without end", func(c net.Conn) { forever(c, "HTTP/1.1 100 Continue\r\n\r\n") }},
	{"199", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 199 Some\r\n\r\n")
		Hang(c)
	}},
	{"204 with a length, and silence", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\nContent-Length: 1000000\r\n\r\n")
		Hang(c)
	}},
	{"206 and silence", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 206 Partial Content\r\nContent-Length: 1000000\r\n\r\n")
		Hang(c)
	}},
	{"300 without an address, and silence", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 300 Multiple Choices\r\nContent-Length: 1000000\r\n\r\n")
		Hang(c)
	}},
	{"redirect with a body that hangs", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 307 Temporary Redirect\r\nLocation: /again\r\nContent-Length: 1000\r\n\r\n")
		Hang(c)
	}},
	{"500 and silence", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 1000000\r\n\r\nwords")
		Hang(c)
	}},
	{"500 without end", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 500 Internal Server Error\r\n\r\n")
		forever(c, strings.Repeat("words ", 1000))
	}},
	{"401 and silence", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 10\r\n\r\n")
		Hang(c)
	}},
	{"a header without end", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX: ")
		forever(c, strings.Repeat("x", 4096))
	}},
	{"headers without end", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
		forever(c, "X: y\r\n")
	}},
	{"half a status line", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 2")
		Hang(c)
	}},
	{"chunks without end", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")
		forever(c, "1\r\nx\r\n")
	}},
	{"a chunk without end", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1;")
		forever(c, "x")
	}},
	{"trailers without end", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n0\r\n")
		forever(c, "X: y\r\n")
	}},
	{"a length that is not true", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{}")
		Hang(c)
	}},
	{"compressed without end", func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b")
		Hang(c)
	}},
	{"another protocol", func(c net.Conn) {
		_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n")
		Hang(c)
	}},
	{"nothing", Hang},
}

// GoAway starts an HTTP/2 server that reads each request and then says that it did
// not process it.
func GoAway(t testing.TB, code uint32) (url string, requests *atomic.Int32) {
	t.Helper()
	requests = new(atomic.Int32)
	frame := func(typ byte, stream uint32, payload ...byte) []byte {
		f := []byte{0, 0, byte(len(payload)), typ, 0}
		return append(binary.BigEndian.AppendUint32(f, stream), payload...)
	}
	return Serve(t, func(c net.Conn) {
		const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
		r := bufio.NewReader(c)
		if _, err := io.ReadFull(r, make([]byte, len(preface))); err != nil {
			return
		}
		_, _ = c.Write(frame(4, 0)) // SETTINGS
		for {
			head := make([]byte, 9)
			if _, err := io.ReadFull(r, head); err != nil {
				return
			}
			if _, err := io.CopyN(io.Discard, r, int64(head[0])<<16|int64(head[1])<<8|int64(head[2])); err != nil {
				return
			}
			const data, headers, endStream = 0, 1, 1
			if (head[3] == data || head[3] == headers) && head[4]&endStream != 0 {
				requests.Add(1)
				_, _ = c.Write(frame(7, 0, append(make([]byte, 4), binary.BigEndian.AppendUint32(nil, code)...)...)) // GOAWAY: up to stream 0
				return
			}
		}
	}), requests
}

// HTTP2 returns a transport that speaks only HTTP/2, without TLS.
func HTTP2(t testing.TB) *http.Transport {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}
