package main

import (
	"context"
	"errors"
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
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	// The command reads its arguments from here and nowhere else.
	os.Args = []string{"rekor-server", "serve",
		"--hostname", loopback,
		"--http-address", loopback, "--http-port", strconv.Itoa(ports[0]),
		"--grpc-address", loopback, "--grpc-port", strconv.Itoa(ports[1]),
		"--http-metrics-port", strconv.Itoa(ports[2]),
		"--signer-filepath", s.keys.path("rekor-v2"),
		"--storage-dir", storage,
		"--batch-max-age", "10ms",
		"--checkpoint-interval", "100ms",
		"--log-level", "warn",
	}
	go app.Execute()

	upstream := &url.URL{Scheme: "http", Host: net.JoinHostPort(loopback, strconv.Itoa(ports[0]))}
	s.serve(serviceRekorV2, &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(upstream) },
	})
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

// freePorts returns n ports that were free a moment ago. They are held until all are found, so that they differ.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp4", loopback+":0")
		if err != nil {
			return nil, errors.Join(errors.New("no free port"), err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
