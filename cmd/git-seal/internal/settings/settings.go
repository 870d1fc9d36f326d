package settings

import (
	"strings"
	"unicode"

	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// purpose is what a setting is for. A command has the flags of its purpose, and only
// the settings of its purpose can make it fail.
type purpose int

const (
	Signing purpose = 1 << iota
	Judging
	Trusting // git seal trust
)

// setting is one row of the table. seal.fooBar in git's configuration,
// GIT_SEAL_FOO_BAR in the environment and --foo-bar on the command line are the same
// setting.
type setting struct {
	Name    string  // seal.fooBar
	Kind    kind    // the form of its values
	Many    bool    // all values count, not only the last
	For     purpose // who reads it
	Default string  // for people
	Doc     string  // what it does, in full sentences; the first is the flag's usage
}

// The names of the settings.
const (
	Policy          = "seal.policy"
	PolicyRef       = "seal.policyRef"
	TrustedRoot     = "seal.trustedRoot"
	TUFMirror       = "seal.tufMirror"
	TUFRoot         = "seal.tufRoot"
	SigningConfig   = "seal.signingConfig"
	Fulcio          = "seal.fulcio"
	Rekor           = "seal.rekor"
	TimestampServer = "seal.timestampServerURL"
	Timestamp       = "seal.timestamp"
	TokenProvider   = "seal.tokenProvider"
	TokenFile       = "seal.tokenFile"
	Issuer          = "seal.issuer"
	ClientID        = "seal.clientID"
	ConnectorID     = "seal.connectorID"
	Browser         = "seal.browser"
	RedirectURL     = "seal.redirectURL"
	Timeout         = "seal.timeout"
	PublishIdentity = "seal.publishIdentity"
)

// Table has all settings. docs/settings.md and the man page are printed from it.
var Table = []setting{
	{
		Name: Policy, Kind: kindFile, For: Judging,
		Default: "none: no signer is trusted",
		Doc: "The file that says who may sign. It must be outside the work tree, because a pull could replace a file there. " +
			"Only a file named with --policy may be anywhere.",
	},
	{
		Name: PolicyRef, Kind: kindPolicyRef, For: Judging,
		Default: "none",
		Doc: "The commit whose file .git-seal/policy.yaml says who may sign. Give its full ID, a branch as refs/heads/NAME, or refs/seal/policy, which " +
			"only git seal policy pin moves; a ref that a fetch moves is refused. Use it instead of seal.policy: setting both in one place is an error, except in Git's configuration, where the last one counts.",
	},
	{
		Name: TrustedRoot, Kind: kindFile, Many: true, For: Signing | Judging | Trusting,
		Default: "from the TUF repository (seal.tufMirror)",
		Doc: "The trusted root of a Sigstore instance: its certificate authorities, logs and timestamp authorities. " +
			"Set several if the repository has signatures from several instances. They are tried in order: of the roots that contain the certificate's authority, " +
			"the first that can decide is used. So put a newer copy of a root before an older one. Each root counts for every issuer in the policy, unless a rule names one with `trust`. " +
			"Like the policy, the file must be outside the work tree. A policy names it by its file name without .json and trusted_root, or by the name of its directory.",
	},
	{
		Name: TUFMirror, Kind: kindURL, For: Signing | Judging | Trusting,
		Default: "the public Sigstore instance's, " + tuf.PublicGoodMirror,
		Doc: "The TUF repository with the trusted root and the signing configuration, used if seal.trustedRoot is not set. " +
			"git-seal contacts it when signing, at most once a day, and for git seal trust update. Verifying uses no network: it reads what was fetched last. If seal.trustedRoot is set too, the one with precedence counts.",
	},
	{
		Name: TUFRoot, Kind: kindFile, For: Signing | Judging | Trusting,
		Default: "the public Sigstore instance's, built in",
		Doc: "The root.json of your own instance's TUF repository, with which everything else there is verified. " +
			"An old version works as long as it signs the next one. Like the policy, the file must be outside the work tree. A policy names the instance by the host name in seal.tufMirror.",
	},
	{
		Name: SigningConfig, Kind: kindFile, For: Signing | Trusting,
		Default: "from the TUF repository (seal.tufMirror), if seal.trustedRoot is not set",
		Doc:     "The signing configuration of a Sigstore instance: which services issue certificates, log entries and timestamps.",
	},
	{
		Name: Fulcio, Kind: kindURL, For: Signing,
		Default: "from the signing configuration",
		Doc:     "The URL of the certificate authority.",
	},
	{
		Name: Rekor, Kind: kindURL, For: Signing,
		Default: "from the signing configuration",
		Doc:     "The URL of the transparency log.",
	},
	{
		Name: TimestampServer, Kind: kindURL, For: Signing,
		Default: "from the signing configuration",
		Doc:     "The URL of the RFC 3161 timestamp authority.",
	},
	{
		Name: Timestamp, Kind: kindTimestamp, For: Signing,
		Default: "auto",
		Doc:     "When to get a timestamp: auto if the log gives no time of its own (Rekor v2, or no log), always, or never.",
	},
	{
		Name: TokenProvider, Kind: kindTokenProvider, For: Signing,
		Default: "auto",
		Doc: "Where the OpenID Connect ID token comes from. token is SIGSTORE_ID_TOKEN in the environment; file is seal.tokenFile; github-actions, gitlab, buildkite, google (the metadata server) and spiffe (the workload API) " +
			"are identities of machines; browser and device are logins of a person. auto uses the first of these that is available: SIGSTORE_ID_TOKEN, seal.tokenFile, the machine's identity if the environment shows one, " +
			"a browser login if a browser can be opened, a device login if there is a terminal. In CI, git-seal never waits for a person. docs/signing.md shows what to set in each environment.",
	},
	{
		Name: TokenFile, Kind: kindFile, For: Signing,
		Default: "none",
		Doc:     "A file with the ID token to sign with, read again for each signature. SIGSTORE_ID_TOKEN in the environment, the token itself, takes precedence unless seal.tokenProvider is file.",
	},
	{
		Name: Issuer, Kind: kindURL, For: Signing,
		Default: "for logins, from the signing configuration; for CI systems, their own",
		Doc:     "The URL of the OpenID Connect provider that issues the ID tokens, as in their claim iss. People log in there. A token from another provider is refused before anything is sent.",
	},
	{
		Name: ClientID, Kind: kindWord, For: Signing,
		Default: "sigstore",
		Doc:     "The audience that ID tokens must have: the client ID that the certificate authority expects from the OpenID Connect provider.",
	},
	{
		Name: ConnectorID, Kind: kindWord, For: Signing,
		Default: "none: choose on the login page",
		Doc: "The service to log in with, for providers that accept connector_id, such as Dex. " +
			"The public Sigstore instance has https://github.com/login/oauth, https://accounts.google.com and https://login.microsoftonline.com.",
	},
	{
		Name: Browser, Kind: kindCommand, For: Signing,
		Default: "the default browser of this machine",
		Doc: "The command that opens the login page; the page's address is added as its last argument. The command is split at spaces, except in single or double quotes; no shell runs it. " +
			"If it is set, git-seal assumes that a browser is available.",
	},
	{
		Name: RedirectURL, Kind: kindRedirectURL, For: Signing,
		Default: "http://localhost/auth/callback",
		Doc: "Where the provider sends the browser after the login, for providers that must know the address in advance. It must be http at localhost, 127.0.0.1 or [::1]. " +
			"git-seal listens on its port, or on any free port if it has none.",
	},
	{
		Name: Timeout, Kind: kindTimeout, For: Signing | Trusting,
		Default: "30s",
		Doc:     "How long to wait for each service. Within that time, git-seal tries the log and the timestamp authority again after temporary failures.",
	},
	{
		Name: PublishIdentity, Kind: kindPublish, For: Signing,
		Default: "git-seal prompts; without a terminal it does not sign",
		Doc: "The identity (an e-mail address, or the URI of a workflow) that may be published permanently in the logs of the public Sigstore instance, or true for any, or false for none. " +
			"The token of a CI project that is not public needs its identity or true here; that of a public project needs nothing. " +
			"Your own instance publishes nothing, and git-seal does not prompt.",
	},
}

// Lookup returns the setting with a name. Case does not matter, as in git's
// configuration keys.
func Lookup(name string) (setting, bool) {
	for _, s := range Table {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return setting{}, false
}

// Env returns the setting's environment variable: GIT_SEAL_FOO_BAR for seal.fooBar.
func (s setting) Env() string {
	return "GIT_SEAL_" + strings.ToUpper(strings.Join(s.words(), "_"))
}

// Flag returns the setting's flag without the dashes: foo-bar for seal.fooBar.
func (s setting) Flag() string { return strings.ToLower(strings.Join(s.words(), "-")) }

// words splits the name where a capital follows a small letter. A run of capitals
// (URL, ID) stays one word.
func (s setting) words() []string {
	name := strings.TrimPrefix(s.Name, "seal.")
	var words []string
	start := 0
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])) {
			words = append(words, name[start:i])
			start = i
		}
	}
	return append(words, name[start:])
}

func (p purpose) String() string {
	switch p &^ Trusting {
	case Signing:
		return "signing"
	case Judging:
		return "verifying"
	}
	return "signing and verifying"
}
