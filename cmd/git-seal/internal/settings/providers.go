package settings

// TokenVariable is the environment variable with an ID token, as Sigstore's tools
// name it.
const TokenVariable = "SIGSTORE_ID_TOKEN"

// The values of seal.tokenProvider.
const (
	TokenAuto          = "auto"
	TokenGiven         = "token"
	TokenFromFile      = "file"
	TokenGitHubActions = "github-actions"
	TokenGitLab        = "gitlab"
	TokenBuildkite     = "buildkite"
	TokenGoogle        = "google"
	TokenSPIFFE        = "spiffe"
	TokenBrowser       = "browser"
	TokenDevice        = "device"
)

var TokenProviders = []string{
	TokenAuto, TokenGiven, TokenFromFile, TokenGitHubActions, TokenGitLab, TokenBuildkite, TokenGoogle, TokenSPIFFE, TokenBrowser, TokenDevice,
}
