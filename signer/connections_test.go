package signer

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// counted is a server that counts its connections and tells how each request came.
type counted struct {
	*httptest.Server
	opened, closed atomic.Int32
	changed        chan struct{}
}

func newCounted(t *testing.T, start func(*httptest.Server)) *counted {
	t.Helper()
	c := &counted{changed: make(chan struct{}, 100)}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	c.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			c.opened.Add(1)
		case http.StateClosed:
			c.closed.Add(1)
		}
		c.changed <- struct{}{}
	}
	start(c.Server)
	t.Cleanup(c.Close)
	return c
}

// await returns when done says so, asked after each change of a connection.
func (c *counted) await(t *testing.T, what string, done func() bool) {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for !done() {
		select {
		case <-c.changed:
		case <-timeout:
			t.Fatalf("%s: %d connections opened, %d closed", what, c.opened.Load(), c.closed.Load())
		}
	}
}

func (c *counted) newDialer(t *testing.T, now func() time.Time) *dialer {
	t.Helper()
	d := newDialer(10*time.Second, now)
	if d == nil {
		t.Fatal("no dialer")
	}
	d.tls.RootCAs = x509.NewCertPool()
	if cert := c.Certificate(); cert != nil {
		d.tls.RootCAs.AddCert(cert)
	}
	t.Cleanup(d.transport.CloseIdleConnections)
	return d
}

// get sends one request over the dialer's transport and returns the answer.
func get(ctx context.Context, t *testing.T, d *dialer, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := d.transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func startHTTP2(s *httptest.Server) {
	s.EnableHTTP2 = true
	s.StartTLS()
}

func TestRequestTakesTheConnectionOpenedAhead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		start func(*httptest.Server)
		proto string
	}{
		{"http", (*httptest.Server).Start, "HTTP/1.1"},
		{"https", (*httptest.Server).StartTLS, "HTTP/1.1"},
		{"https, HTTP/2", startHTTP2, "HTTP/2.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newCounted(t, test.start)
			d := server.newDialer(t, time.Now)
			ctx, closeRest := d.open(t.Context(), server.URL, server.URL+"/the/same")
			defer closeRest()
			server.await(t, "opened ahead", func() bool { return server.opened.Load() == 1 })
			for range 2 {
				if got := get(ctx, t, d, server.URL); got != test.proto {
					t.Errorf("asked by %s, want %s", got, test.proto)
				}
			}
			if n := server.opened.Load(); n != 1 {
				t.Errorf("%d connections, want the one opened ahead", n)
			}
		})
	}
}

func TestConnectionsNotTakenAreClosed(t *testing.T) {
	t.Parallel()
	server := newCounted(t, (*httptest.Server).Start)
	d := server.newDialer(t, time.Now)
	_, closeRest := d.open(t.Context(), server.URL)
	server.await(t, "opened ahead", func() bool { return server.opened.Load() == 1 })
	closeRest()
	server.await(t, "closed", func() bool { return server.closed.Load() == 1 })
}

// A server closes a connection on which nothing comes, and a request must not be
// the one to find out.
func TestConnectionThatWaitedTooLongIsNotUsed(t *testing.T) {
	t.Parallel()
	server := newCounted(t, (*httptest.Server).Start)
	var waited atomic.Int64
	begin := time.Now()
	d := server.newDialer(t, func() time.Time { return begin.Add(time.Duration(waited.Load())) })
	ctx, closeRest := d.open(t.Context(), server.URL)
	defer closeRest()
	<-ctx.Value(aheadKey{}).(*ahead).connections[endpoint{"http", strings.TrimPrefix(server.URL, "http://")}].done
	waited.Store(int64(maxAhead + time.Second))
	get(ctx, t, d, server.URL)
	server.await(t, "the old one closed, a new one opened", func() bool { return server.opened.Load() == 2 && server.closed.Load() == 1 })
}

// What cannot be opened ahead is the request's own failure, not before it.
func TestConnectionAheadFailsQuietly(t *testing.T) {
	t.Parallel()
	server := newCounted(t, (*httptest.Server).StartTLS)
	d := server.newDialer(t, time.Now)
	d.tls.RootCAs = x509.NewCertPool()
	ctx, closeRest := d.open(t.Context(), server.URL, "no URL\n")
	defer closeRest()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := d.transport.RoundTrip(r)
	if err == nil {
		resp.Body.Close()
		t.Fatal("a certificate of nobody's passes")
	}
	if !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("error %v", err)
	}
}

// Where a proxy stands between, the services are never addressed directly.
func TestNothingIsOpenedPastAProxy(t *testing.T) {
	t.Parallel()
	service, proxy := newCounted(t, (*httptest.Server).Start), newCounted(t, (*httptest.Server).Start)
	d := service.newDialer(t, time.Now)
	behind, err := http.NewRequest(http.MethodGet, proxy.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.transport.Proxy = http.ProxyURL(behind.URL)
	ctx, closeRest := d.open(t.Context(), service.URL)
	defer closeRest()
	get(ctx, t, d, service.URL)
	if service.opened.Load() != 0 || proxy.opened.Load() != 1 {
		t.Errorf("%d connections to the service, %d to the proxy", service.opened.Load(), proxy.opened.Load())
	}
}

// The ports of addresses that name none are those under which a transport asks.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	d := newDialer(time.Second, time.Now)
	d.transport.Proxy = nil
	for url, want := range map[string]endpoint{
		"https://fulcio.example.com":          {"https", "fulcio.example.com:443"},
		"http://localhost/api":                {"http", "localhost:80"},
		"https://tsa.example.com:8443/api/v1": {"https", "tsa.example.com:8443"},
		"http://[::1]:3000":                   {"http", "[::1]:3000"},
	} {
		if got, ok := d.direct(url); !ok || got != want {
			t.Errorf("%s: %v %t, want %v", url, got, ok, want)
		}
	}
}
