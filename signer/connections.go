package signer

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// dialer opens the connections of a transport, and for a signature before the
// requests that need them: the handshakes then pass while the token or another
// answer is awaited. Nothing is sent on a connection ahead of its request but
// the handshake of TLS.
type dialer struct {
	transport *http.Transport
	tcp       func(ctx context.Context, network, address string) (net.Conn, error)
	tls       *tls.Config
	timeout   time.Duration // of a connection's opening
	now       func() time.Time
}

// newDialer returns the dialer of a transport that is otherwise net/http's
// default, or nil where the program has put one there that connects in a way of
// its own.
func newDialer(timeout time.Duration, now func() time.Time) *dialer {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok || standard.DialContext == nil || standard.DialTLSContext != nil {
		return nil
	}
	d := &dialer{transport: standard.Clone(), tcp: standard.DialContext, timeout: timeout, now: now}
	d.transport.MaxResponseHeaderBytes = maxAnswerHeader
	if d.tls = d.transport.TLSClientConfig.Clone(); d.tls == nil {
		d.tls = new(tls.Config)
	}
	if len(d.tls.NextProtos) == 0 {
		d.tls.NextProtos = []string{"h2", "http/1.1"}
	}
	d.transport.DialContext = func(ctx context.Context, _, address string) (net.Conn, error) {
		return d.connect(ctx, endpoint{"http", address})
	}
	d.transport.DialTLSContext = func(ctx context.Context, _, address string) (net.Conn, error) {
		return d.connect(ctx, endpoint{"https", address})
	}
	return d
}

// endpoint is where a connection leads, as a transport asks for it.
type endpoint struct{ scheme, address string }

// connect returns the connection that was opened ahead for ctx, or a new one.
func (d *dialer) connect(ctx context.Context, to endpoint) (net.Conn, error) {
	if ahead, ok := ctx.Value(aheadKey{}).(*ahead); ok {
		if conn := ahead.take(ctx, to, d.now); conn != nil {
			return conn, nil
		}
	}
	return d.dial(ctx, to)
}

// dial opens a connection, with TLS where the scheme is https.
func (d *dialer) dial(ctx context.Context, to endpoint) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	tcp, err := d.tcp(ctx, "tcp", to.address)
	if err != nil || to.scheme == "http" {
		return tcp, err
	}
	config := d.tls.Clone()
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(to.address)
	}
	conn := tls.Client(tcp, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		tcp.Close()
		return nil, err
	}
	return conn, nil
}

// maxAhead is how long a connection may wait for its request. Servers close
// those on which nothing comes, some after ten seconds.
const maxAhead = 5 * time.Second

// ahead are the connections that were opened ahead for one signature.
type ahead struct {
	mu          sync.Mutex
	connections map[endpoint]*connection
}

type aheadKey struct{} // where a request's context has them

// connection is one that is being opened; done is closed when it is.
type connection struct {
	done   chan struct{}
	conn   net.Conn // nil: it could not be opened; the request that tries again says why
	opened time.Time
}

// open begins to open a connection to each URL that no proxy stands before, and
// returns ctx for the requests that are to use them. What they have not used by
// then, closeRest ends.
func (d *dialer) open(ctx context.Context, urls ...string) (_ context.Context, closeRest func()) {
	a := &ahead{connections: make(map[endpoint]*connection)}
	dialing, cancel := context.WithCancel(ctx)
	for _, address := range urls {
		to, ok := d.direct(address)
		if !ok || a.connections[to] != nil {
			continue
		}
		c := &connection{done: make(chan struct{})}
		a.connections[to] = c
		go func() {
			defer close(c.done)
			c.conn, _ = d.dial(dialing, to)
			c.opened = d.now()
		}()
	}
	return context.WithValue(ctx, aheadKey{}, a), func() {
		cancel()
		a.closeRest()
	}
}

// direct returns where the transport will connect to for a URL; ok is false
// where a proxy stands before it, or it is no URL.
func (d *dialer) direct(address string) (to endpoint, ok bool) {
	r, err := http.NewRequest(http.MethodPost, address, nil)
	if err != nil {
		return endpoint{}, false
	}
	if d.transport.Proxy != nil {
		if proxy, err := d.transport.Proxy(r); err != nil || proxy != nil {
			return endpoint{}, false
		}
	}
	return endpoint{r.URL.Scheme, hostPort(r.URL)}, true
}

// hostPort is the address of a URL's host with its port, the scheme's where it
// names none.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// take returns the connection to an endpoint once it is open. It is nil where
// there is none to be had, and for whoever asks a second time.
func (a *ahead) take(ctx context.Context, to endpoint, now func() time.Time) net.Conn {
	a.mu.Lock()
	c := a.connections[to]
	delete(a.connections, to)
	a.mu.Unlock()
	if c == nil {
		return nil
	}
	select {
	case <-ctx.Done():
		go c.close()
		return nil
	case <-c.done:
	}
	if now().Sub(c.opened) > maxAhead {
		c.close()
		return nil
	}
	return c.conn
}

// closeRest ends the connections that nobody took.
func (a *ahead) closeRest() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for to, c := range a.connections {
		delete(a.connections, to)
		go c.close()
	}
}

// close ends a connection, as soon as it is open.
func (c *connection) close() {
	<-c.done
	if c.conn != nil {
		c.conn.Close()
	}
}
