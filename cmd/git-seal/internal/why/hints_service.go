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

// ServiceHint says what to try when a service has failed.
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
		return "try again later" + publicStatus(e) + ", or give it more time (" + settings.Timeout + ")"
	case reason == ServiceUntrusted:
		return "is this machine's clock right, and does a proxy look into connections here?"
	case reason == ServiceCleartext:
		return "write the address with https://"
	case reason == ServiceRedirect && setting != "":
		return "does this network want a login (any web page shows it), or has the address moved (" + setting + ")?"
	case AtProxy(e.Err):
		return "is the proxy up, and its address right (HTTPS_PROXY, HTTP_PROXY; NO_PROXY names what needs none)?"
	case e.Service == provider.ServiceSPIFFE:
		return "nothing was signed; does the SPIFFE agent run, and does an entry of its server's match this process?"
	case e.Service == provider.ServiceGoogle && e.Status == 0:
		return "is this a machine of Google Cloud's? GCE_METADATA_HOST names another metadata server"
	case slices.Contains(settings.TokenProviders, string(e.Service)):
		return "nothing was signed; a token from elsewhere goes into SIGSTORE_ID_TOKEN"
	case reason == LoginAnswer:
		return notAProvider
	case e.Service == login.OpenIDProvider:
		return "is it up, and is its address right (seal.issuer names it, else the signing configuration)?"
	case e.Status == 0, errors.Is(e.Err, io.ErrUnexpectedEOF):
		return "is the network up, and is the address right (seal.signingConfig names it, and " + setting + " goes first)?"
	case e.Status == http.StatusTooManyRequests:
		return "it is asked too often: try again later"
	case e.Status >= http.StatusInternalServerError:
		return "the fault is the service's: try again later" + publicStatus(e)
	case e.Status == http.StatusConflict && e.Service == signer.Rekor:
		return "the log has taken the signature in, and its answer was lost: run it again"
	case e.Service == signer.Fulcio && e.Status/100 == 4:
		return "the service says why; does it know the token's provider?"
	case e.Status/100 == 2:
		return "nothing was signed; if the address is right (" + setting + "), does something answer in the service's place?"
	}
	return "the service says why; is its address right (" + setting + ")?"
}

// AtProxy tells a failure to reach the proxy from one to reach the service.
func AtProxy(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "proxyconnect"
}

// publicStatus says where the public-good instance's operators tell of failures.
func publicStatus(e *signer.ServiceError) string {
	if u, err := url.Parse(e.URL); err == nil && strings.HasSuffix(u.Hostname(), ".sigstore.dev") {
		return " (https://status.sigstore.dev)"
	}
	return ""
}
