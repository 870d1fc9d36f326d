package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// endpoint answers on one service's port. It can stop, and begin again at the same address.
type endpoint struct {
	name    string
	address string
	handler http.Handler
	failed  chan<- error

	mu   sync.Mutex
	http *http.Server // nil while it is stopped
}

// startEndpoint answers on a listener.
func startEndpoint(name string, l net.Listener, h http.Handler, failed chan<- error) *endpoint {
	e := &endpoint{name: name, address: l.Addr().String(), handler: h, failed: failed}
	e.serve(l)
	return e
}

func (e *endpoint) serve(l net.Listener) {
	h := &http.Server{Handler: e.handler, ReadHeaderTimeout: 10 * time.Second}
	e.mu.Lock()
	e.http = h
	e.mu.Unlock()
	go func() {
		if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			e.failed <- fmt.Errorf("%s: %w", e.name, err)
		}
	}()
}

// stop closes the port and every connection.
func (e *endpoint) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.http != nil {
		_ = e.http.Close()
		e.http = nil
	}
}

// resume answers again after a stop.
func (e *endpoint) resume() error {
	l, err := net.Listen("tcp4", e.address)
	if err != nil {
		return fmt.Errorf("%s: %w", e.name, err)
	}
	e.serve(l)
	return nil
}
