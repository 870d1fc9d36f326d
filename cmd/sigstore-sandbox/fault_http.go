package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// commonSpoils are the faults that need nothing of a service, by kind.
var commonSpoils = map[string]spoil{
	faultStop:      reset, // a request that is there as the port closes
	faultReset:     reset,
	faultHang:      hang,
	faultSlow:      slow,
	faultTruncated: truncate,
	faultGarbage:   garbage,
}

// reset ends the connection so that the client is told of a reset, as by a server that was killed.
func reset(_ *fault, _ http.Handler, w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hang keeps a request until the client goes away or the fault is lifted. The body is read first: the server notices
// that a client went away only after it.
func hang(f *fault, _ http.Handler, _ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	select {
	case <-r.Context().Done():
	case <-f.lifted:
	}
	panic(http.ErrAbortHandler)
}

func slow(f *fault, next http.Handler, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	select {
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	case <-f.lifted:
	case <-time.After(f.delay):
	}
	next.ServeHTTP(w, withBody(r, body))
}

// truncate sends half of the real answer.
func truncate(_ *fault, next http.Handler, w http.ResponseWriter, r *http.Request) {
	a := answerOf(next, r)
	a.header.Set("Content-Length", strconv.Itoa(a.body.Len()))
	a.body.Truncate(a.body.Len() / 2)
	a.send(w)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// garbage answers as a network does that wants its guests to log in first.
func garbage(_ *fault, _ http.Handler, w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<!doctype html>\n<title>Welcome</title>\n<p>Please accept our terms to use this network.\n")
}

// retryAfter is what a busy service asks clients to wait, in seconds.
const retryAfter = "1"

// answerStatus answers with an error, as the proxies in front of services do.
func answerStatus(status int) spoil {
	return func(_ *fault, _ http.Handler, w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", retryAfter)
		}
		http.Error(w, "the sandbox was told to answer so", status)
	}
}

// recordedAnswer is an answer that was not sent yet.
type recordedAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recordedAnswer) Header() http.Header { return a.header }

func (a *recordedAnswer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
}

func (a *recordedAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// answerOf is what a service answers.
func answerOf(service http.Handler, r *http.Request) *recordedAnswer {
	a := &recordedAnswer{header: make(http.Header)}
	service.ServeHTTP(a, r)
	a.WriteHeader(http.StatusOK)
	return a
}

// send sends the answer as it has become.
func (a *recordedAnswer) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes())
}

// withBody is a request with another body.
func withBody(r *http.Request, body []byte) *http.Request {
	c := r.Clone(r.Context())
	c.Body = io.NopCloser(bytes.NewReader(body))
	c.ContentLength = int64(len(body))
	return c
}
