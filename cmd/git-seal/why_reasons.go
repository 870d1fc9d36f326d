package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/login"
)

// reason is the kind of a failure: the key of its explanation in why_texts.go.
// It is stable, since a failure that one version has kept is explained by the
// next.
type reason string

// The kinds of failures of signing. Those of settings, trusted roots and git
// stop verifying in the same words.
const (
	whyUnexplained reason = "unexplained" // nothing has named another

	whyCall        reason = "call"        // not as git calls a signing program
	whyStream      reason = "stream"      // stdin, stdout, status-fd
	whyInterrupted reason = "interrupted" // by a signal

	whyGit              reason = "git"               // git itself failed, or is missing
	whyUnsafeRepository reason = "unsafe-repository" // of another owner
	whySetting          reason = "setting"           // a value that does not parse
	whyTrustedRoot      reason = "trusted-root"      // missing, damaged, or in the work tree
	whyTrustUpdate      reason = "trust-update"      // by TUF, where there is no good root to go on with
	whyServices         reason = "services"          // nothing says where to sign

	whyTokenMissing     reason = "token-missing"
	whyTokenUnreadable  reason = "token-unreadable"
	whyTokenMalformed   reason = "token-malformed"
	whyTokenExpired     reason = "token-expired"
	whyTokenNotYetValid reason = "token-not-yet-valid"
	whyTokenAudience    reason = "token-audience"
	whyTokenIssuer      reason = "token-issuer"
	whyTokenUnverified  reason = "token-unverified"
	whyTokenProvider    reason = "token-provider" // who hands them out to machines and people does not

	whyLoginDenied  reason = "login-denied"
	whyLoginTimeout reason = "login-timeout" // nobody logged in
	whyLoginPort    reason = "login-port"    // in use
	whyLoginBrowser reason = "login-browser" // none opens
	whyLoginDevice  reason = "login-device"  // no login with a code there, or nobody sees it
	whyLoginRefused reason = "login-refused" // the provider does not take the request
	whyLoginAnswer  reason = "login-answer"  // the provider is none, or sends what is no token

	whyPublishUnasked  reason = "publish-unasked"  // nobody was there to ask
	whyPublishDeclined reason = "publish-declined" // on the terminal
	whyPublishForbids  reason = "publish-forbidden"
	whyPublishPrivate  reason = "publish-private-project"

	whyServiceTimeout     reason = "service-timeout"     // no answer in time
	whyServiceName        reason = "service-name"        // no such host
	whyServiceUnreachable reason = "service-unreachable" // nobody listens there
	whyServiceUntrusted   reason = "service-untrusted"   // TLS
	whyServiceRedirect    reason = "service-redirect"    // to another place
	whyServiceCleartext   reason = "service-cleartext"   // not https
	whyServiceRefused     reason = "service-refused"     // HTTP 4xx
	whyServiceIdentity    reason = "service-identity"    // Fulcio does not accept the token
	whyServiceBusy        reason = "service-busy"        // HTTP 429
	whyServiceFailed      reason = "service-failed"      // HTTP 5xx
	whyServiceTaken       reason = "service-taken"       // the log has the signature, and its answer was lost
	whyServiceAnswer      reason = "service-answer"      // not what was asked for

	whyOwnSignature reason = "own-signature" // what was made does not verify
)

// reasonFor is the kind of an error of one of the packages.
func reasonFor(err error) reason {
	var token *signer.TokenError
	var service *signer.ServiceError
	var person *login.Error
	switch {
	case errors.As(err, &token):
		return tokenReason(token)
	case errors.As(err, &person):
		return loginReason(person)
	case errors.As(err, &service):
		return serviceReason(service)
	case errors.Is(err, git.ErrUnsafeRepository):
		return whyUnsafeRepository
	case errors.Is(err, context.Canceled):
		return whyInterrupted
	}
	return whyUnexplained
}

func tokenReason(e *signer.TokenError) reason {
	switch e.Reason {
	case signer.TokenMissing:
		return whyTokenMissing
	case signer.TokenUnreadable:
		return whyTokenUnreadable
	case signer.TokenMalformed:
		return whyTokenMalformed
	case signer.TokenExpired:
		return whyTokenExpired
	case signer.TokenNotYetValid:
		return whyTokenNotYetValid
	case signer.TokenAudience:
		return whyTokenAudience
	case signer.TokenIssuer:
		return whyTokenIssuer
	case signer.TokenUnverified:
		return whyTokenUnverified
	}
	return whyUnexplained
}

func loginReason(e *login.Error) reason {
	switch e.Problem {
	case login.Denied:
		return whyLoginDenied
	case login.TimedOut:
		return whyLoginTimeout
	case login.Canceled:
		return whyInterrupted
	case login.PortInUse:
		return whyLoginPort
	case login.NoBrowser:
		return whyLoginBrowser
	case login.NoDevice, login.NotShown:
		return whyLoginDevice
	case login.Refused:
		return whyLoginRefused
	case login.BadAddress, login.BadAnswer, login.BadToken:
		return whyLoginAnswer
	}
	return whyUnexplained
}

func serviceReason(e *signer.ServiceError) reason {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var redirect signer.RedirectError
	var cleartext signer.CleartextError
	switch {
	case errors.Is(e.Err, context.Canceled):
		return whyInterrupted
	case errors.Is(e.Err, context.DeadlineExceeded):
		return whyServiceTimeout
	case errors.As(e.Err, &name):
		return whyServiceName
	case errors.As(e.Err, &certificate), errors.As(e.Err, &record), errors.As(e.Err, &alert), errors.Is(e.Err, http.ErrSchemeMismatch):
		return whyServiceUntrusted
	case errors.As(e.Err, &redirect):
		return whyServiceRedirect
	case errors.As(e.Err, &cleartext):
		return whyServiceCleartext
	case e.Status == 0, errors.Is(e.Err, io.ErrUnexpectedEOF):
		return whyServiceUnreachable
	case e.Status/100 == 5:
		return whyServiceFailed
	case e.Status == http.StatusTooManyRequests:
		return whyServiceBusy
	case e.Service == login.OpenIDProvider && e.Status/100 == 2:
		return whyLoginAnswer
	case e.Service == login.OpenIDProvider || slices.Contains(tokenProviders, string(e.Service)):
		return whyTokenProvider
	case e.Status == http.StatusConflict && e.Service == signer.Rekor:
		return whyServiceTaken
	case e.Status/100 == 4 && e.Service == signer.Fulcio:
		return whyServiceIdentity
	case e.Status/100 == 4:
		return whyServiceRefused
	}
	return whyServiceAnswer
}
