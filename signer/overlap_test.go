package signer_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/git-seal/git-seal/signer"
)

// tokenOnce is a token that is to be had when ready is closed.
type tokenOnce struct {
	token string
	ready <-chan struct{}
}

func (s tokenOnce) Token(ctx context.Context) (string, error) {
	select {
	case <-s.ready:
		return s.token, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Connections to all services are open before the token is there, and they are
// the ones that are used.
func TestConnectionsOpenWhileTheTokenIsAwaited(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var mu sync.Mutex
	opened := make(map[signer.Service]int)
	ready := make(chan struct{})
	serve := func(service signer.Service) string {
		server := httptest.NewUnstartedServer(f.handler(service))
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state != http.StateNew {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if opened[service]++; len(opened) == 3 && opened[service] == 1 {
				close(ready)
			}
		}
		server.Start()
		t.Cleanup(func() {
			server.CloseClientConnections()
			server.Close()
		})
		return server.URL
	}
	services := signer.Services{
		Fulcio:               serve(signer.Fulcio),
		Rekor:                []signer.Log{{URL: serve(signer.Rekor), Version: 2}},
		TimestampAuthorities: []string{serve(signer.TimestampAuthority) + "/timestamp"},
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	s := newSigner(t, signer.Options{Services: services})
	if _, err := s.Sign(ctx, payload, tokenOnce{fakeToken(t, nil), ready}); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for service, n := range opened {
		if n != 1 {
			t.Errorf("%d connections to the %s", n, service)
		}
	}
}
