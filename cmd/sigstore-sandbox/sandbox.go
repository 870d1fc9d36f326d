package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
)

// The services, by the names that the request log and error messages use.
const (
	serviceOIDC      = "oidc"
	serviceFulcio    = "fulcio"
	serviceCTLog     = "ctlog"
	serviceRekor     = "rekor"
	serviceRekorV2   = "rekor-v2"
	serviceTimestamp = "timestamp"
	serviceTUF       = "tuf"

	// serviceControl is where the others are told what to do wrong.
	serviceControl = "control"
)

// services in the order of their ports. The control's follows.
var services = []string{
	serviceOIDC, serviceFulcio, serviceCTLog, serviceRekor, serviceRekorV2, serviceTimestamp, serviceTUF,
}

const (
	// loopback is the only address that anything listens on, and the origin of both Rekor logs: a log's origin is the
	// host of its URL, without the port, so that it outlives a change of ports.
	loopback = "127.0.0.1"

	// clientID is the audience of ID tokens that Fulcio accepts, as at the public-good instance.
	clientID = "sigstore"
)

// sandbox is a running Sigstore.
type sandbox struct {
	dir       *stateDir
	identity  string
	keys      keyring
	requests  *requestLog
	faults    *faults
	listeners map[string]net.Listener
	failed    chan error // a service that ended on its own
	stops     []func()
}

// startSandbox starts every service and writes the files for clients. When it returns nil, all of them answer.
func startSandbox(ctx context.Context, dir *stateDir, opts options) (_ *sandbox, err error) {
	s := &sandbox{
		dir:      dir,
		identity: opts.identity,
		keys:     keyring{dir},
		faults:   newFaults(),
		failed:   make(chan error, len(services)+1),
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.requests, err = openRequestLog(dir.path("requests.log")); err != nil {
		return nil, err
	}
	var release func()
	if s.listeners, release, err = listen(opts.port); err != nil {
		return nil, err
	}
	s.stops = append(s.stops, release)

	// Rekor v2 takes longest to come up, Fulcio asks the OpenID provider at its start, and both Fulcio and Rekor v1
	// need Trillian: the order follows from that.
	tiles, err := s.startRekorTiles()
	if err != nil {
		return nil, fmt.Errorf("rekor v2: %w", err)
	}
	provider, err := s.startOIDC()
	if err != nil {
		return nil, fmt.Errorf("OpenID provider: %w", err)
	}
	trillian, err := startTrillian(ctx)
	if err != nil {
		return nil, fmt.Errorf("trillian: %w", err)
	}
	s.stops = append(s.stops, trillian.stop)
	trust, err := s.startServices(ctx, trillian)
	if err != nil {
		return nil, err
	}
	if err := tiles.ready(ctx); err != nil {
		return nil, fmt.Errorf("rekor v2: %w", err)
	}
	trust.rekorV2 = tiles.log

	if err := s.saveClientFiles(provider, trust); err != nil {
		return nil, err
	}
	if err := s.startTUF(); err != nil {
		return nil, fmt.Errorf("TUF repository: %w", err)
	}
	s.startControl()
	return s, nil
}

// startServices starts what stands on Trillian and on nothing, and returns what a client has to trust.
func (s *sandbox) startServices(ctx context.Context, trillian *trillianServer) (trust trustAnchors, err error) {
	if trust.fulcio, err = s.keys.fulcioAuthority(); err != nil {
		return trust, fmt.Errorf("fulcio: %w", err)
	}
	if trust.ctlog, err = s.startCTLog(ctx, trillian, trust.fulcio); err != nil {
		return trust, fmt.Errorf("CT log: %w", err)
	}
	if err = s.startFulcio(trust.fulcio); err != nil {
		return trust, fmt.Errorf("fulcio: %w", err)
	}
	if trust.rekor, err = s.startRekor(trillian); err != nil {
		return trust, fmt.Errorf("rekor: %w", err)
	}
	if trust.timestamp, err = s.startTimestamp(); err != nil {
		return trust, fmt.Errorf("timestamp authority: %w", err)
	}
	return trust, nil
}

// saveClientFiles writes what clients read from the state directory.
func (s *sandbox) saveClientFiles(provider *oidcProvider, trust trustAnchors) error {
	if err := s.saveTrustedRoot(trust); err != nil {
		return fmt.Errorf("trusted root: %w", err)
	}
	if err := s.saveSigningConfigs(trust.since()); err != nil {
		return fmt.Errorf("signing config: %w", err)
	}
	if err := s.dir.save("sandbox.json", s.addresses().json(), 0o644); err != nil {
		return err
	}
	if err := s.saveToken(provider); err != nil {
		return fmt.Errorf("id token: %w", err)
	}
	s.stops = append(s.stops, s.refreshToken(provider))
	return nil
}

// listen opens the port of every service, so that a taken one is told before anything starts. Ports that the kernel
// chose are kept from others until release is called, also while nobody listens on them.
func listen(first int) (_ map[string]net.Listener, release func(), err error) {
	listeners := make(map[string]net.Listener, len(services)+1)
	var reservations []func()
	free := func() {
		for _, release := range reservations {
			release()
		}
	}
	defer func() {
		if err != nil {
			for _, l := range listeners {
				_ = l.Close()
			}
			free()
		}
	}()
	for i, name := range append(slices.Clone(services), serviceControl) {
		port := first + i
		if first == 0 {
			var reservation func()
			if port, reservation, err = reservePort(); err != nil {
				return nil, nil, fmt.Errorf("reserve a port: %w", err)
			}
			reservations = append(reservations, reservation)
		}
		l, err := net.Listen("tcp4", fmt.Sprintf("%s:%d", loopback, port))
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, nil, withHint(fmt.Errorf("port %d (%s) is already in use", port, name),
				fmt.Sprintf("choose another --port (%d consecutive ports are needed), or leave it out", len(services)+1))
		}
		if err != nil {
			return nil, nil, withHint(fmt.Errorf("port %d (%s): %w", port, name, err), "choose another --port, or leave it out")
		}
		listeners[name] = l
	}
	return listeners, free, nil
}

// url is where a service is reached, without a trailing slash.
func (s *sandbox) url(service string) string {
	return "http://" + s.listeners[service].Addr().String()
}

// serve answers requests on the service's port with h, unless it was told to do something wrong, and records each in the
// request log. Every service passes through here.
func (s *sandbox) serve(name string, h http.Handler) {
	endpoint := startEndpoint(name, s.listeners[name], s.requests.record(name, s.faults.inject(name, h)), s.failed)
	s.faults.endpoints[name] = endpoint
	s.stops = append(s.stops, endpoint.stop)
}

// wait returns nil when ctx ends, and an error when a service ended before.
func (s *sandbox) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	}
}

// close stops the services, the last started first.
func (s *sandbox) close() {
	for _, stop := range slices.Backward(s.stops) {
		stop()
	}
	for _, l := range s.listeners {
		_ = l.Close()
	}
}

// addresses is sandbox.json: where everything is, for tools that do not read a signing config.
type addresses struct {
	OIDC      string `json:"oidc"`
	Fulcio    string `json:"fulcio"`
	CTLog     string `json:"ctlog"`
	Rekor     string `json:"rekor"`
	RekorV2   string `json:"rekorV2"`
	Timestamp string `json:"timestamp"`
	TUF       string `json:"tuf"`
	Control   string `json:"control"`
	ClientID  string `json:"clientID"`
}

func (s *sandbox) addresses() addresses {
	return addresses{
		OIDC:      s.url(serviceOIDC),
		Fulcio:    s.url(serviceFulcio),
		CTLog:     s.url(serviceCTLog) + "/" + ctLogPrefix,
		Rekor:     s.url(serviceRekor),
		RekorV2:   s.url(serviceRekorV2),
		Timestamp: s.url(serviceTimestamp) + timestampPath,
		TUF:       s.url(serviceTUF),
		Control:   s.url(serviceControl),
		ClientID:  clientID,
	}
}

func (a addresses) json() []byte {
	data, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		panic(err) // strings always marshal
	}
	return append(data, '\n')
}

// showAddresses answers at the address of the ready line, for people who follow it.
func (s *sandbox) showAddresses(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "This is a Sigstore sandbox, for tests on this machine.\n\n%s\nA token: %s/token-for?email=%s\n\n%s\n",
		s.addresses().json(), s.url(serviceOIDC), s.identity, s.initCommand())
}

// initCommand is the line that points git-seal at this sandbox, quoted for a POSIX shell.
func (s *sandbox) initCommand() string {
	return fmt.Sprintf("git seal init --trusted-root %s --signing-config %s --token-file %s",
		shellQuote(s.dir.path("trusted_root.json")),
		shellQuote(s.dir.path("signing_config.json")),
		shellQuote(s.dir.path("id-token")))
}

// shellQuote quotes s for a POSIX shell, if it has to be.
func shellQuote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
