package settings

import (
	"strings"
	"unicode"

	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// purpose is what a setting is for. A command has the flags of its purpose,
// and only the settings of its purpose can make it fail.
type purpose int

const (
	Signing purpose = 1 << iota
	Judging
	Trusting // git seal trust
)

// setting is one row of the one table of settings. seal.fooBar in git's
// configuration, GIT_SEAL_FOO_BAR in the environment and --foo-bar on the
// command line are the same setting.
type setting struct {
	Name    string  // seal.fooBar
	Kind    kind    // what values look like, and which are refused
	Many    bool    // several values count, not the last alone
	For     purpose // who reads it
	Default string  // for people
	Doc     string  // what it does, in whole sentences
}

// Names of settings, for those who read them.
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

// Table is the table. docs/settings.md and the man page are printed from it.
var Table = []setting{
	{
		Name: Policy, Kind: kindFile, For: Judging,
		Default: "none: nothing is trusted",
		Doc: "The file that says who may sign. It must lie outside the work tree of the repository that is judged, " +
			"or what was just pulled would choose its own judge; a file named with --policy may lie anywhere.",
	},
	{
		Name: PolicyRef, Kind: kindPolicyRef, For: Judging,
		Default: "none",
		Doc: "The commit whose file .git-seal/policy.yaml says who may sign: its full id, a branch as refs/heads/NAME, or refs/seal/policy, which " +
			"git seal policy pin moves; never what a fetch moves. It stands in for seal.policy: of the two in one place both are an error, and in Git's configuration the last one counts.",
	},
	{
		Name: TrustedRoot, Kind: kindFile, Many: true, For: Signing | Judging | Trusting,
		Default: "what TUF keeps up to date (seal.tufMirror)",
		Doc: "The trusted root of a Sigstore instance: its certificate authorities, logs and timestamp authorities. " +
			"Several may be named, for a repository that holds signatures of several instances. They judge in the order given: of those that know a certificate's authority " +
			"the first that can tell decides, so a newer copy of a root goes before an older one. Each may vouch for every issuer that the policy names, unless an identity says with `trust` which one has to. " +
			"Like the policy, it must lie outside the work tree. A policy calls it by the file's name without .json and trusted_root, or by that of its directory.",
	},
	{
		Name: TUFMirror, Kind: kindURL, For: Signing | Judging | Trusting,
		Default: "the public-good instance's, " + tuf.PublicGoodMirror,
		Doc: "The TUF repository that the trusted root and the signing configuration come from, while seal.trustedRoot is not set. " +
			"It is asked when signing, at most once a day, and by git seal trust update; verifying reads what was verified last and asks nobody. Of seal.trustedRoot and this the one in the stronger place counts.",
	},
	{
		Name: TUFRoot, Kind: kindFile, For: Signing | Judging | Trusting,
		Default: "the public-good instance's, built in",
		Doc: "The root.json of the TUF repository, by which everything from there is verified, for an instance of your own. " +
			"An old one will do while it vouches for the next. Like the policy, it must lie outside the work tree. A policy calls the instance by the host name in seal.tufMirror.",
	},
	{
		Name: SigningConfig, Kind: kindFile, For: Signing | Trusting,
		Default: "what TUF keeps up to date, while seal.trustedRoot is not set",
		Doc:     "The signing configuration of a Sigstore instance: where to ask for certificates, log entries and timestamps.",
	},
	{
		Name: Fulcio, Kind: kindURL, For: Signing,
		Default: "from the signing configuration",
		Doc:     "The certificate authority's URL.",
	},
	{
		Name: Rekor, Kind: kindURL, For: Signing,
		Default: "from the signing configuration",
		Doc:     "The transparency log's URL.",
	},
	{
		Name: TimestampServer, Kind: kindURL, For: Signing,
		Default: "from the signing configuration",
		Doc:     "The RFC 3161 timestamp authority's URL.",
	},
	{
		Name: Timestamp, Kind: kindTimestamp, For: Signing,
		Default: "auto",
		Doc: "Whether to ask for a timestamp: auto asks where the log gives no time of its own (Rekor v2, or no log), " +
			"always asks every time, never does not ask.",
	},
	{
		Name: TokenProvider, Kind: kindTokenProvider, For: Signing,
		Default: "auto",
		Doc: "Where the OpenID Connect ID token comes from: token is SIGSTORE_ID_TOKEN in the environment, file is seal.tokenFile, github-actions, gitlab, buildkite, google (the metadata server) and spiffe (the workload API) " +
			"are machines that have an identity, browser and device are logins. auto takes what is there, in this order: SIGSTORE_ID_TOKEN, seal.tokenFile, the machine that the environment shows, " +
			"a browser where one can be opened, a code to type in elsewhere where there is a terminal. In CI it never waits for a person. docs/signing.md has the lines for each environment.",
	},
	{
		Name: TokenFile, Kind: kindFile, For: Signing,
		Default: "none",
		Doc:     "A file that holds the OpenID Connect ID token to sign with, read anew for each signature. SIGSTORE_ID_TOKEN in the environment, the token itself, goes first unless seal.tokenProvider is file.",
	},
	{
		Name: Issuer, Kind: kindURL, For: Signing,
		Default: "for logins from the signing configuration, for CI systems their own",
		Doc:     "The OpenID Connect provider that issues the ID tokens, as their iss has it: people log in there, and a token by another one is refused before anything is sent.",
	},
	{
		Name: ClientID, Kind: kindWord, For: Signing,
		Default: "sigstore",
		Doc:     "The audience that ID tokens must be for, and that CI systems are asked for: the client's name under which the certificate authority knows the OpenID Connect provider.",
	},
	{
		Name: ConnectorID, Kind: kindWord, For: Signing,
		Default: "none: the login page asks",
		Doc: "Which of the services that a provider logs in with is to be used, for providers that know connector_id as Dex does. " +
			"The public-good instance has https://github.com/login/oauth, https://accounts.google.com and https://login.microsoftonline.com.",
	},
	{
		Name: Browser, Kind: kindCommand, For: Signing,
		Default: "what opens addresses on this machine",
		Doc: "The program that opens the login page, with its arguments; the address is put behind them. It is split at spaces, a word in quotes of either kind stays whole, and no shell sees it. " +
			"While it is set, a browser is taken to be here.",
	},
	{
		Name: RedirectURL, Kind: kindRedirectURL, For: Signing,
		Default: "http://localhost/auth/callback",
		Doc: "Where the provider sends the browser after the login, for one that has to know the address beforehand: http at localhost, 127.0.0.1 or [::1]. " +
			"git-seal listens at its port, or at any that is free where it names none.",
	},
	{
		Name: Timeout, Kind: kindTimeout, For: Signing | Trusting,
		Default: "30s",
		Doc:     "How long a service may take until its answer is here. Log and timestamp authority are asked again within that time after failures that may pass.",
	},
	{
		Name: PublishIdentity, Kind: kindPublish, For: Signing,
		Default: "git-seal asks, and where nobody can be asked it does not sign",
		Doc: "Whether the public logs of the Sigstore community may show who signs: the identity (an address, or the URI of a workflow) that may stand there for ever, " +
			"true for any, or false for none. A CI token that says that its project is not public needs true or its identity here; one of a public project needs nothing. " +
			"Instances of your own publish nothing, and do not ask.",
	},
}

// Lookup finds a setting by name; git's configuration keys do not tell
// upper from lower case.
func Lookup(name string) (setting, bool) {
	for _, s := range Table {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return setting{}, false
}

// Env is the environment variable of the setting: seal.fooBar is
// GIT_SEAL_FOO_BAR.
func (s setting) Env() string {
	return "GIT_SEAL_" + strings.ToUpper(strings.Join(s.words(), "_"))
}

// Flag is the flag of the setting, without the dashes: seal.fooBar is foo-bar.
func (s setting) Flag() string { return strings.ToLower(strings.Join(s.words(), "-")) }

// words splits the name where a capital follows a small letter, so that a run
// of capitals (URL, ID) stays one word.
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
