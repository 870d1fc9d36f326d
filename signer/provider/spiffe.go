package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/git-seal/git-seal/signer"
)

// fetchJWTSVID is the Workload API's method (SPIFFE Workload API §6.2). The socket is the
// host, whatever its name is.
const fetchJWTSVID = "http://localhost/SpiffeWorkloadAPI/FetchJWTSVID"

// Fields of JWTSVIDRequest, JWTSVIDResponse and JWTSVID (workload.proto).
const (
	requestAudience protowire.Number = 1
	responseSVIDs   protowire.Number = 1
	svidToken       protowire.Number = 2
)

// SPIFFE requests the JWT-SVID of this process from the SPIFFE agent of this machine. Of
// several identities it uses the first one, which is the default.
type SPIFFE struct {
	Socket   string // SPIFFE_ENDPOINT_SOCKET: unix:///PATH, or tcp://IP:PORT on this machine
	Audience string
	Client   *signer.TokenClient
}

// Token returns a JWT-SVID.
func (s SPIFFE) Token(ctx context.Context) (string, error) {
	network, address, err := parseSocket(s.Socket)
	if err != nil {
		return "", &signer.ServiceError{Service: ServiceSPIFFE, Err: fmt.Errorf("SPIFFE_ENDPOINT_SOCKET: %w", err)}
	}
	transport := &http.Transport{
		Protocols: new(http.Protocols),
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()

	request := protowire.AppendString(protowire.AppendTag(nil, requestAudience, protowire.BytesType), s.Audience)
	a, err := s.Client.WithTransport(transport).Fetch(ctx, signer.TokenRequest{
		Provider: ServiceSPIFFE,
		Method:   http.MethodPost, URL: fetchJWTSVID, Address: s.Socket,
		// The second header excludes requests that an attacker caused (SPIFFE Workload
		// Endpoint §3).
		Header: http.Header{"Te": {"trailers"}, "Workload.spiffe.io": {"true"}},
		Body:   frame(request), ContentType: grpcContentType,
	})
	if err != nil {
		return "", err
	}
	message, err := unframe(a)
	if err != nil {
		return "", err
	}
	token, err := firstSVID(message)
	if err != nil {
		return "", a.Refuse("%v", err)
	}
	return token, nil
}

// parseSocket parses an address of the Workload API (SPIFFE Workload Endpoint §4). Over
// tcp the token is sent unencrypted, so it must be on this machine.
func parseSocket(socket string) (network, address string, err error) {
	u, err := url.Parse(socket)
	switch {
	case err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "":
		return "", "", fmt.Errorf("%q is neither unix:///PATH nor tcp://IP:PORT", socket)
	case u.Scheme == "unix" && u.Host == "" && u.Path != "":
		return "unix", u.Path, nil
	case u.Scheme == "tcp" && u.Path == "":
		at, err := netip.ParseAddrPort(u.Host)
		if err != nil {
			return "", "", fmt.Errorf("%q: tcp needs an IP address and a port", socket)
		}
		if !at.Addr().Unmap().IsLoopback() {
			return "", "", fmt.Errorf("%q: the token would be sent unencrypted; use an address of this machine", socket)
		}
		return "tcp", at.String(), nil
	}
	return "", "", fmt.Errorf("%q is neither unix:///PATH nor tcp://IP:PORT", socket)
}

// firstSVID returns the token of the first JWTSVID in a JWTSVIDResponse.
func firstSVID(message []byte) (string, error) {
	svids, err := bytesFields(message, responseSVIDs)
	if err != nil {
		return "", err
	}
	if len(svids) == 0 {
		return "", errors.New("contains no SVID")
	}
	tokens, err := bytesFields(svids[0], svidToken)
	if err != nil {
		return "", err
	}
	// Of a field that may appear once, the last one counts.
	if n := len(tokens); n > 0 && len(tokens[n-1]) > 0 {
		return string(tokens[n-1]), nil
	}
	return "", errors.New("contains no SVID")
}

// bytesFields returns the values of a length-delimited field. The whole message must be
// valid.
func bytesFields(message []byte, want protowire.Number) (values [][]byte, err error) {
	for len(message) > 0 {
		number, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil, errors.New("not protobuf")
		}
		message = message[n:]
		if n = protowire.ConsumeFieldValue(number, typ, message); n < 0 {
			return nil, errors.New("not protobuf")
		}
		if number == want {
			value, m := protowire.ConsumeBytes(message)
			if typ != protowire.BytesType || m != n {
				return nil, errors.New("not an SVID in protobuf")
			}
			values = append(values, value)
		}
		message = message[n:]
	}
	return values, nil
}
