// Package provider gets ID tokens for machines: from the CI system that runs a job, from
// a cloud's metadata server, or from a SPIFFE agent. Each source is a struct with what the
// request needs; its caller knows where the fields come from. Package login gets tokens
// for people.
//
// The package uses only net/http: each source needs one request, for which its own
// library would add megabytes.
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

// member returns the string with a name in a JSON answer.
func member(a *signer.TokenAnswer, name string) (string, error) {
	var object map[string]json.RawMessage
	if json.Unmarshal(a.Body, &object) != nil {
		return "", a.Refuse("not a token in JSON")
	}
	var token string
	if json.Unmarshal(object[name], &token) != nil || token == "" {
		return "", a.Refuse("contains no token (%q)", name)
	}
	return token, nil
}
