package why

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/login"
	"github.com/git-seal/git-seal/signer/provider"
)

// ServiceHint returns what to try if a service has failed.
func ServiceHint(e *signer.ServiceError) string {
	setting := map[signer.Service]string{
		signer.Fulcio: settings.Fulcio, signer.Rekor: settings.Rekor, signer.TimestampAuthority: settings.TimestampServer,
		login.OpenIDProvider: settings.Issuer,
	}[e.Service]
	reason := ServiceReason(e)
	switch {
	case errors.Is(e.Err, context.Canceled):
		return "nothing was signed; run it again"
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "try again later" + publicStatus(e) + ", or allow more time (" + settings.Timeout + ")"
	case reason == ServiceUntrusted:
		return "check this machine's clock, and whether a proxy inspects connections here"
	case reason == ServiceCleartext:
		return "write the address with https://"
	case reason == ServiceRedirect && setting != "":
		return "check whether this network wants a login (open any web page), or the address has moved (" + setting + ")"
	case AtProxy(e.Err):
		return "check that the proxy is up and its address is right (HTTPS_PROXY, HTTP_PROXY; NO_PROXY lists exceptions)"
	case e.Service == provider.ServiceSPIFFE:
		return "nothing was signed; check that the SPIFFE agent runs, and that its server has an entry for this process"
	case e.Service == provider.ServiceGoogle && e.Status == 0:
		return "check that this machine runs in Google Cloud; GCE_METADATA_HOST sets another metadata server"
	case slices.Contains(settings.TokenProviders, string(e.Service)):
		return "nothing was signed; put a token from elsewhere into SIGSTORE_ID_TOKEN"
	case reason == LoginAnswer:
		return notAProvider
	case e.Service == login.OpenIDProvider:
		return "check that it is up and its address is right (seal.issuer, otherwise the signing configuration)"
	case e.Status == 0, errors.Is(e.Err, io.ErrUnexpectedEOF):
		return "check the network and the address (" + setting + ", otherwise seal.signingConfig)"
	case e.Status == http.StatusTooManyRequests:
		return "it received too many requests: try again later"
	case e.Status >= http.StatusInternalServerError:
		return "the fault is in the service: try again later" + publicStatus(e)
	case e.Status == http.StatusConflict && e.Service == signer.Rekor:
		return "the log has the signature, but its answer was lost: run it again"
	case e.Service == signer.Fulcio && e.Status/100 == 4:
		return "see the service's message; check that it accepts the token's provider"
	case e.Status/100 == 2:
		return "nothing was signed; check the address (" + setting + "), and whether another server answers in the service's place"
	}
	return "see the service's message; check its address (" + setting + ")"
}

// AtProxy reports whether the proxy could not be reached, rather than the service.
func AtProxy(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "proxyconnect"
}

// publicStatus returns the status page of the public Sigstore instance, if e is one
// of its services.
func publicStatus(e *signer.ServiceError) string {
	if u, err := url.Parse(e.URL); err == nil && strings.HasSuffix(u.Hostname(), ".sigstore.dev") {
		return " (https://status.sigstore.dev)"
	}
	return ""
}
