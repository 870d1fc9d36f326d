package provider

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// GoogleMetadataHost is the metadata server on every Google Cloud machine.
const GoogleMetadataHost = "metadata.google.internal"

// metadataDial is how long connecting to the metadata server may take: it is near, or not
// there at all.
const metadataDial = 3 * time.Second

// flavor is a header that distinguishes Google's metadata server from another server with
// its name, and a request to it from one that an attacker caused.
const flavor = "Metadata-Flavor"

// Google requests a token of the machine's default service account from the metadata
// server: on Compute Engine, Cloud Run, Cloud Build, and in Kubernetes Engine with
// workload identity.
type Google struct {
	Host     string // GCE_METADATA_HOST, with or without a port; "": GoogleMetadataHost
	Audience string
	Client   *signer.TokenClient
}

// Token returns a token that names the account's address.
func (g Google) Token(ctx context.Context) (string, error) {
	host := g.Host
	if host == "" {
		host = GoogleMetadataHost
	}
	transport := &http.Transport{
		Proxy:       nil, // the metadata server is not behind a proxy
		DialContext: (&net.Dialer{Timeout: metadataDial}).DialContext,
	}
	defer transport.CloseIdleConnections()
	u := url.URL{
		Scheme: "http", Host: host, Path: "/computeMetadata/v1/instance/service-accounts/default/identity",
		RawQuery: url.Values{"audience": {g.Audience}, "format": {"full"}}.Encode(),
	}
	a, err := g.Client.WithTransport(transport).Fetch(ctx, signer.TokenRequest{
		Provider: ServiceGoogle,
		Method:   http.MethodGet, URL: u.String(),
		Header: http.Header{flavor: {"Google"}}, InsecureHTTP: true,
	})
	if err != nil {
		return "", err
	}
	if a.Header.Get(flavor) != "Google" {
		return "", a.Refuse("not from Google's metadata server")
	}
	token := bytes.TrimSpace(a.Body)
	if len(token) == 0 {
		return "", a.Refuse("contains no token")
	}
	return string(token), nil
}
