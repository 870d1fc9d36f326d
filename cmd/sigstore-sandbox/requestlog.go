package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"
)

// requestLog writes one JSON line for each request to any service. It holds neither queries, headers nor bodies: they
// carry tokens and addresses.
type requestLog struct {
	mu   sync.Mutex
	file *os.File
}

// requestRecord is one line of the request log.
type requestRecord struct {
	Service    string `json:"service"`
	Method     string `json:"method"`
	Path       string `json:"path"`
	Status     int    `json:"status"`
	Start      string `json:"start"`       // RFC 3339 with nanoseconds, UTC
	DurationUS int64  `json:"duration_us"` // microseconds until the handler returned
}

func openRequestLog(path string) (*requestLog, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("request log: %w", err)
	}
	return &requestLog{file: file}, nil
}

// record wraps a handler so that each of its requests becomes a line.
func (l *requestLog) record(service string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := requestRecord{
			Service: service,
			Method:  r.Method,
			Path:    r.URL.Path,
			Start:   start.UTC().Format(time.RFC3339Nano),
		}
		sw := &statusWriter{ResponseWriter: w}
		defer func() {
			rec.Status = sw.sent()
			rec.DurationUS = time.Since(start).Microseconds()
			l.write(rec)
		}()
		h.ServeHTTP(sw, r)
	})
}

func (l *requestLog) write(rec requestRecord) {
	line, err := json.Marshal(rec)
	if err != nil {
		panic(err) // strings and integers always marshal
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// A full disk must not fail the request that is logged.
	_, _ = l.file.Write(append(line, '\n'))
}

// statusWriter remembers the status of a response.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// sent is the status that went to the client. A handler that wrote nothing is answered with 200 by net/http.
func (w *statusWriter) sent() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
