package settings

// TokenVariable is the ecosystem's name for a token that is there already.
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
