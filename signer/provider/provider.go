// Package provider gets ID tokens for machines: from the CI system that runs a
// job, from a cloud's metadata server, from a SPIFFE agent. Each source is a
// struct that says whom to ask and as what; where its fields come from is its
// caller's business. For people there are logins, which are not here.
//
// It speaks to all of them over plain HTTP: each needs one request, for which
// their libraries would bring megabytes.
package provider

import (
	"encoding/json"

	"github.com/git-seal/git-seal/signer"
)

// The providers, as errors and traces name them.
const (
	ServiceGitHubActions signer.Service = "github-actions"
	ServiceBuildkite     signer.Service = "buildkite"
	ServiceGoogle        signer.Service = "google"
	ServiceSPIFFE        signer.Service = "spiffe"
)

var (
	_ signer.TokenSource = GitHubActions{}
	_ signer.TokenSource = Buildkite{}
	_ signer.TokenSource = Google{}
	_ signer.TokenSource = SPIFFE{}
)

// member is the string that a JSON answer holds under a name.
func member(a *signer.TokenAnswer, name string) (string, error) {
	var object map[string]json.RawMessage
	if json.Unmarshal(a.Body, &object) != nil {
		return "", a.Refuse("not the JSON of a token")
	}
	var token string
	if json.Unmarshal(object[name], &token) != nil || token == "" {
		return "", a.Refuse("holds no token (%q)", name)
	}
	return token, nil
}
