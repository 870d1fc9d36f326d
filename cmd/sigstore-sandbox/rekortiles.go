package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix/app"
	"github.com/sigstore/rekor-tiles/v2/pkg/note"
)

const (
	// tilesStartLimit is how long Rekor v2 may take until it answers.
	tilesStartLimit = 20 * time.Second
	// tilesPoll is the interval at which it is asked whether it does.
	tilesPoll = 5 * time.Millisecond
)

// rekorTiles is a Rekor v2 log that was started and may not answer yet.
type rekorTiles struct {
	upstream string
	log      transparencyLog
}

// startRekorTiles starts the Rekor v2 log, whose tiles are kept in the state directory.
//
// All of rekor-tiles but its command is internal, so the command is what runs: with the arguments an operator would
// give it, on ports of its own, behind a proxy on the service's port. It can run once per process, and exits the
// process when it cannot start.
func (s *sandbox) startRekorTiles() (*rekorTiles, error) {
	signer, err := s.keys.signer("rekor-v2", generateEd25519)
	if err != nil {
		return nil, err
	}
	_, logID, err := note.KeyHash(loopback, signer.Public())
	if err != nil {
		return nil, fmt.Errorf("log id: %w", err)
	}
	storage := s.dir.path("rekor-v2")
	if err := os.MkdirAll(storage, 0o700); err != nil {
		return nil, err
	}
	httpPort, releaseHTTP, err := reservePort()
	if err != nil {
		return nil, fmt.Errorf("reserve a port: %w", err)
	}
	s.stops = append(s.stops, releaseHTTP)
	grpcPort, releaseGRPC, err := reservePort()
	if err != nil {
		return nil, fmt.Errorf("reserve a port: %w", err)
	}
	s.stops = append(s.stops, releaseGRPC)
	// The command reads its arguments from here and nowhere else.
	os.Args = []string{"rekor-server", "serve",
		"--hostname", loopback,
		"--http-address", loopback, "--http-port", strconv.Itoa(httpPort),
		"--grpc-address", loopback, "--grpc-port", strconv.Itoa(grpcPort),
		"--http-metrics-port", "0",
		"--signer-filepath", s.keys.path("rekor-v2"),
		"--storage-dir", storage,
		"--batch-max-age", "10ms",
		"--checkpoint-interval", "100ms",
		"--log-level", "warn",
	}
	go app.Execute()

	upstream := &url.URL{Scheme: "http", Host: net.JoinHostPort(loopback, strconv.Itoa(httpPort))}
	mux := http.NewServeMux()
	mux.Handle("/", &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(upstream) },
	})
	// The server takes entries and does not give them out: checkpoint and tiles are files, and deployments put a file
	// server in front.
	files := http.StripPrefix("/api/v2", http.FileServerFS(os.DirFS(storage)))
	mux.Handle("GET /api/v2/checkpoint", files)
	mux.Handle("GET /api/v2/tile/", files)
	s.faults.own[serviceRekorV2] = logSpoils(proposeV2)
	s.serve(serviceRekorV2, mux)
	return &rekorTiles{
		upstream: upstream.String(),
		log:      transparencyLog{baseURL: s.url(serviceRekorV2), id: logID, publicKey: signer.Public()},
	}, nil
}

// ready returns when the log answers.
func (t *rekorTiles) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tilesStartLimit)
	defer cancel()
	for {
		err := t.healthy(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer after %v: %w", tilesStartLimit, err)
		case <-time.After(tilesPoll):
		}
	}
}

func (t *rekorTiles) healthy(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.upstream+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("health check: %s", resp.Status)
	}
	return nil
}
