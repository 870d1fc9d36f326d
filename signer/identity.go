package signer

import (
	"fmt"
	"net/url"
	"strings"
)

// The kinds of subject alternative names that Fulcio issues (RFC 5280 §4.2.1.6).
const (
	sanOtherName = 0 // a user name, as UTF8String under 1.3.6.1.4.1.57264.1.7
	sanEmail     = 1
	sanURI       = 6
)

// subjectAlternativeName is one GeneralName.
type subjectAlternativeName struct {
	kind  int
	value string
}

func (n subjectAlternativeName) String() string { return fmt.Sprintf("%q", n.value) }

// identities returns the names that Fulcio may write into the certificate of the
// token's holder (Fulcio's docs/oidc.md and config/identity). Which one applies
// depends on how Fulcio's operator has set up the issuer; all are made only of this
// token's claims.
//
// named is false if only sub names the holder: an operator may then have set up a name
// that cannot be known here.
func (t *idToken) identities() (names []subjectAlternativeName, named bool) {
	if t.email != "" {
		return []subjectAlternativeName{{sanEmail, t.email}}, true
	}
	for _, uri := range []string{
		t.githubURI(), t.gitlabURI(), t.kubernetesURI(), t.buildkiteURI(), t.codefreshURI(), t.circleciURI(),
	} {
		if uri != "" {
			names = append(names, subjectAlternativeName{sanURI, uri})
			named = true
		}
	}
	// SPIFFE IDs and other URIs are the subject itself; those of Chainguard are the
	// subject under the issuer.
	if strings.HasPrefix(t.subject, "spiffe://") {
		named = true
	}
	if uri := canonicalURI(t.subject); uri != "" {
		names = append(names, subjectAlternativeName{sanURI, uri})
	}
	if base, err := url.Parse(t.issuer); err == nil {
		names = append(names, subjectAlternativeName{sanURI, base.JoinPath(t.subject).String()})
	}
	return names, named
}

// matches reports whether n is one of the names, or a user name: the subject, an
// exclamation mark, and a domain that the operator chose.
func (n subjectAlternativeName) matches(names []subjectAlternativeName, t *idToken) bool {
	if n.kind == sanOtherName {
		return t.email == "" && t.subject != "" && strings.HasPrefix(n.value, t.subject+"!")
	}
	for _, name := range names {
		if n == name {
			return true
		}
	}
	return false
}

// canonicalURI returns s as Fulcio writes it into a certificate, or "" if it is not an
// absolute URI.
func canonicalURI(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" {
		return ""
	}
	return u.String()
}

// githubURI returns the workflow that runs. For GitHub Enterprise Server it is on the
// issuer's host.
func (t *idToken) githubURI() string {
	ref := t.claims.text("job_workflow_ref")
	if ref == "" {
		return ""
	}
	host := "github.com"
	if u, err := url.Parse(t.issuer); err == nil && u.Host != "token.actions.githubusercontent.com" {
		host = u.Host
	}
	return canonicalURI("https://" + host + "/" + ref)
}

// gitlabURI returns the pipeline definition; the claim has no scheme.
func (t *idToken) gitlabURI() string {
	ref := t.claims.text("ci_config_ref_uri")
	if ref == "" {
		return ""
	}
	return canonicalURI("https://" + ref)
}

func (t *idToken) kubernetesURI() string {
	k := t.claims.object("kubernetes.io")
	namespace, account := k.text("namespace"), k.object("serviceaccount").text("name")
	if namespace == "" || account == "" {
		return ""
	}
	return canonicalURI("https://kubernetes.io/namespaces/" + namespace + "/serviceaccounts/" + account)
}

func (t *idToken) buildkiteURI() string {
	organization, pipeline := t.claims.text("organization_slug"), t.claims.text("pipeline_slug")
	if organization == "" || pipeline == "" {
		return ""
	}
	return canonicalURI("https://buildkite.com/" + organization + "/" + pipeline)
}

func (t *idToken) codefreshURI() string {
	account, pipeline := t.claims.text("account_name"), t.claims.text("pipeline_name")
	accountID, pipelineID := t.claims.text("account_id"), t.claims.text("pipeline_id")
	if account == "" || pipeline == "" || accountID == "" || pipelineID == "" {
		return ""
	}
	platform := t.claims.text("platform_url")
	if platform == "" {
		platform = "https://g.codefresh.io"
	}
	return canonicalURI(platform + "/" + account + "/" + pipeline + ":" + accountID + "/" + pipelineID)
}

func (t *idToken) circleciURI() string {
	project, definition := t.claims.text("oidc.circleci.com/project-id"), t.claims.text("oidc.circleci.com/pipeline-definition-id")
	if project == "" || definition == "" {
		return ""
	}
	return canonicalURI("https://circleci.com/api/v2/projects/" + project + "/pipeline-definitions/" + definition)
}

// issuers returns the issuers that Fulcio may write into the certificate: the token's
// own, or the one that a Dex federates.
func (t *idToken) issuers() []string {
	issuers := []string{t.issuer}
	if connector := t.claims.object("federated_claims").text("connector_id"); connector != "" {
		issuers = append(issuers, connector)
	}
	return issuers
}
