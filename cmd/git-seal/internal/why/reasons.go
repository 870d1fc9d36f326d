package why

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/login"
)

// The kinds of failures when signing. Failures of settings, trusted roots and git
// stop verifying too, with the same messages.
const (
	Unexplained host.Reason = "unexplained" // no other kind is known

	Call        host.Reason = "call"        // not how git calls a signing program
	Stream      host.Reason = "stream"      // stdin, stdout, status-fd
	Interrupted host.Reason = "interrupted" // by a signal

	Git              host.Reason = "git"               // git itself failed, or is missing
	UnsafeRepository host.Reason = "unsafe-repository" // it has another owner
	Setting          host.Reason = "setting"           // a value that is not valid
	TrustedRoot      host.Reason = "trusted-root"      // missing, damaged, or in the work tree
	TrustUpdate      host.Reason = "trust-update"      // TUF failed, and no earlier root is valid
	Services         host.Reason = "services"          // no services are set

	TokenMissing     host.Reason = "token-missing"
	TokenUnreadable  host.Reason = "token-unreadable"
	TokenMalformed   host.Reason = "token-malformed"
	TokenExpired     host.Reason = "token-expired"
	TokenNotYetValid host.Reason = "token-not-yet-valid"
	TokenAudience    host.Reason = "token-audience"
	TokenIssuer      host.Reason = "token-issuer"
	TokenUnverified  host.Reason = "token-unverified"
	TokenProvider    host.Reason = "token-provider" // the source of tokens gave none

	LoginDenied  host.Reason = "login-denied"
	LoginTimeout host.Reason = "login-timeout" // no one logged in
	LoginPort    host.Reason = "login-port"    // in use
	LoginBrowser host.Reason = "login-browser" // none could be opened
	LoginDevice  host.Reason = "login-device"  // the provider offers no login with a code, or there is no terminal
	LoginRefused host.Reason = "login-refused" // the provider refused the request
	LoginAnswer  host.Reason = "login-answer"  // not a provider, or not a valid token

	PublishUnasked  host.Reason = "publish-unasked"  // git-seal could not ask
	PublishDeclined host.Reason = "publish-declined" // on the terminal
	PublishForbids  host.Reason = "publish-forbidden"
	PublishPrivate  host.Reason = "publish-private-project"

	ServiceTimeout     host.Reason = "service-timeout"     // no answer in time
	ServiceName        host.Reason = "service-name"        // no such host
	ServiceUnreachable host.Reason = "service-unreachable" // no connection
	ServiceUntrusted   host.Reason = "service-untrusted"   // TLS
	ServiceRedirect    host.Reason = "service-redirect"    // to another host
	ServiceCleartext   host.Reason = "service-cleartext"   // not https
	ServiceRefused     host.Reason = "service-refused"     // HTTP 4xx
	ServiceIdentity    host.Reason = "service-identity"    // Fulcio does not accept the token
	ServiceBusy        host.Reason = "service-busy"        // HTTP 429
	ServiceFailed      host.Reason = "service-failed"      // HTTP 5xx
	ServiceTaken       host.Reason = "service-taken"       // the log has the signature, but its answer was lost
	ServiceAnswer      host.Reason = "service-answer"      // not what was asked for

	OwnSignature host.Reason = "own-signature" // the new signature is not valid
)

// ReasonFor returns the kind of an error of one of the packages.
func ReasonFor(err error) host.Reason {
	var token *signer.TokenError
	var service *signer.ServiceError
	var person *login.Error
	switch {
	case errors.As(err, &token):
		return tokenReason(token)
	case errors.As(err, &person):
		return loginReason(person)
	case errors.As(err, &service):
		return ServiceReason(service)
	case errors.Is(err, git.ErrUnsafeRepository):
		return UnsafeRepository
	case errors.Is(err, context.Canceled):
		return Interrupted
	}
	return Unexplained
}

func tokenReason(e *signer.TokenError) host.Reason {
	switch e.Reason {
	case signer.TokenMissing:
		return TokenMissing
	case signer.TokenUnreadable:
		return TokenUnreadable
	case signer.TokenMalformed:
		return TokenMalformed
	case signer.TokenExpired:
		return TokenExpired
	case signer.TokenNotYetValid:
		return TokenNotYetValid
	case signer.TokenAudience:
		return TokenAudience
	case signer.TokenIssuer:
		return TokenIssuer
	case signer.TokenUnverified:
		return TokenUnverified
	}
	return Unexplained
}

func loginReason(e *login.Error) host.Reason {
	switch e.Problem {
	case login.Denied:
		return LoginDenied
	case login.TimedOut:
		return LoginTimeout
	case login.Canceled:
		return Interrupted
	case login.PortInUse:
		return LoginPort
	case login.NoBrowser:
		return LoginBrowser
	case login.NoDevice, login.NotShown:
		return LoginDevice
	case login.Refused:
		return LoginRefused
	case login.BadAddress, login.BadAnswer, login.BadToken:
		return LoginAnswer
	}
	return Unexplained
}

// ServiceReason returns the kind of a service's failure.
func ServiceReason(e *signer.ServiceError) host.Reason {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var redirect signer.RedirectError
	var cleartext signer.CleartextError
	switch {
	case errors.Is(e.Err, context.Canceled):
		return Interrupted
	case errors.Is(e.Err, context.DeadlineExceeded):
		return ServiceTimeout
	case errors.As(e.Err, &name):
		return ServiceName
	case errors.As(e.Err, &certificate), errors.As(e.Err, &record), errors.As(e.Err, &alert), errors.Is(e.Err, http.ErrSchemeMismatch):
		return ServiceUntrusted
	case errors.As(e.Err, &redirect):
		return ServiceRedirect
	case errors.As(e.Err, &cleartext):
		return ServiceCleartext
	case e.Status == 0, errors.Is(e.Err, io.ErrUnexpectedEOF):
		return ServiceUnreachable
	case e.Status/100 == 5:
		return ServiceFailed
	case e.Status == http.StatusTooManyRequests:
		return ServiceBusy
	case e.Service == login.OpenIDProvider && e.Status/100 == 2:
		return LoginAnswer
	case e.Service == login.OpenIDProvider || slices.Contains(settings.TokenProviders, string(e.Service)):
		return TokenProvider
	case e.Status == http.StatusConflict && e.Service == signer.Rekor:
		return ServiceTaken
	case e.Status/100 == 4 && e.Service == signer.Fulcio:
		return ServiceIdentity
	case e.Status/100 == 4:
		return ServiceRefused
	}
	return ServiceAnswer
}
