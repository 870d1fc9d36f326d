package login

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
)

// defaultRedirect is the address that the provider sends the browser to. Sigstore's other
// clients use it too, so operators enter it at providers that require one. RFC 8252 §8.3
// prefers 127.0.0.1 to localhost, because someone else may listen at one of the addresses
// of localhost: listen takes them all.
const defaultRedirect = "http://localhost/auth/callback"

// portTries is how often to look for a port that is free at all addresses of localhost.
const portTries = 10

// CheckRedirectURL returns an error unless text is an address on this machine that a
// browser can come back to (RFC 8252 §7.3): http at localhost or a loopback address, with
// a port, or without one for any free port.
func CheckRedirectURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("is not a URL")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("must not have a user, query or fragment")
	case u.Scheme != "http" || !isLoopback(u.Hostname()):
		return errors.New("must be http at localhost, 127.0.0.1 or [::1]: the browser comes back to this machine")
	}
	if u.Port() == "" {
		return nil
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
		return errors.New("must have a port from 1 to 65535, or none for any free port")
	}
	return nil
}

// listen opens the port that a redirect URL names, or a free one, at each address of its
// host. It returns the URL with the port.
func listen(redirect string) ([]net.Listener, *url.URL, error) {
	if err := CheckRedirectURL(redirect); err != nil {
		return nil, nil, fmt.Errorf("%q %w", redirect, err)
	}
	u, err := url.Parse(redirect)
	if err != nil {
		return nil, nil, err
	}
	if u.Path == "" {
		u.Path = "/"
	}
	hosts := []string{u.Hostname()}
	if hosts[0] == "localhost" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	tries, port := portTries, "0"
	if u.Port() != "" {
		tries, port = 1, u.Port()
	}
	var listeners []net.Listener
	for range tries {
		if listeners, err = listenAt(hosts, port); err == nil {
			break
		}
	}
	if err != nil {
		return nil, nil, err
	}
	_, port, err = net.SplitHostPort(listeners[0].Addr().String())
	if err != nil {
		return nil, nil, err
	}
	host := u.Hostname()
	u.Host = net.JoinHostPort(host, port)
	return listeners, u, nil
}

// listenAt opens one port at several addresses. It skips those that the machine does not
// have, without IPv4 or without IPv6.
func listenAt(hosts []string, port string) ([]net.Listener, error) {
	var listeners []net.Listener
	for _, host := range hosts {
		l, err := net.Listen("tcp", net.JoinHostPort(host, port))
		switch {
		case err == nil:
			listeners = append(listeners, l)
			_, port, _ = net.SplitHostPort(l.Addr().String())
		case len(hosts) == 1 || exists(host):
			closeAll(listeners)
			return nil, err
		}
	}
	if len(listeners) == 0 {
		return nil, errors.New("this machine has no loopback address")
	}
	return listeners, nil
}

// exists reports whether the machine has an address.
func exists(host string) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}
