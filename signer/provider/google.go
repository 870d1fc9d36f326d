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

// GoogleMetadataHost answers on every machine of Google Cloud's.
const GoogleMetadataHost = "metadata.google.internal"

// metadataDial is how long the metadata server may take to be found: it is next
// door, or nowhere.
const metadataDial = 3 * time.Second

// flavor is what tells Google's metadata server from whoever else answers to
// its name, and a request meant for it from one that somebody was tricked into.
const flavor = "Metadata-Flavor"

// Google asks the metadata server for a token of the machine's default service
// account: on Compute Engine, Cloud Run, Cloud Build, and in Kubernetes Engine
// with workload identity.
type Google struct {
	Host     string // GCE_METADATA_HOST, with a port or without; "": GoogleMetadataHost
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
		Proxy:       nil, // which is somewhere else
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
		return "", a.Refuse("is not by Google's metadata server")
	}
	token := bytes.TrimSpace(a.Body)
	if len(token) == 0 {
		return "", a.Refuse("holds no token")
	}
	return string(token), nil
}
