package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxFault caps what is read of a fault's text.
const maxFault = 1 << 10

// startControl starts the port on which the other services are told what to do wrong. It has no faults.
//
//	GET /faults               the kinds of fault that each service has, JSON
//	PUT /faults/SERVICE       the body is KIND[,times=N][,for=DURATION][,delay=DURATION]; "none" lifts the fault
//	GET /faults/SERVICE/met   answers when a request has met the service's fault
func (s *sandbox) startControl() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /faults", s.showFaults)
	mux.HandleFunc("PUT /faults/{service}", s.tellFault)
	mux.HandleFunc("GET /faults/{service}/met", s.awaitFault)
	control := startEndpoint(serviceControl, s.listeners[serviceControl], mux, s.failed)
	s.stops = append(s.stops, control.stop)
}

func (s *sandbox) showFaults(w http.ResponseWriter, _ *http.Request) {
	kinds := make(map[string][]string, len(services))
	for _, service := range services {
		kinds[service] = s.faults.kinds(service)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(kinds)
}

func (s *sandbox) tellFault(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(io.LimitReader(r.Body, maxFault))
	if err != nil {
		return
	}
	f, err := parseFault(strings.TrimSpace(string(text)))
	if err == nil {
		err = s.faults.tell(r.PathValue("service"), f)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *sandbox) awaitFault(w http.ResponseWriter, r *http.Request) {
	if err := s.faults.await(r.Context(), r.PathValue("service")); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// tellSandbox tells the sandbox that runs in dir a fault, SERVICE=KIND and so on.
func tellSandbox(ctx context.Context, dir, text string) error {
	service, fault, _ := strings.Cut(text, "=")
	a, err := readAddresses(dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, a.Control+"/faults/"+service, bytes.NewBufferString(fault))
	if err != nil {
		return fmt.Errorf("--fault %q: %w", text, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return withHint(fmt.Errorf("the sandbox does not answer: %w", err), "start it with sigstore-sandbox --dir "+shellQuote(dir))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, maxFault))
		return fmt.Errorf("--fault %q: %s", text, strings.TrimSpace(string(said)))
	}
	return nil
}
