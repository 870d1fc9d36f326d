package main

import (
	"strings"
	"unicode"

	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// purpose is what a setting is for. A command has the flags of its purpose,
// and only the settings of its purpose can make it fail.
type purpose int

const (
	signing purpose = 1 << iota
	judging
	trusting // git seal trust
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
	settingPolicy          = "seal.policy"
	settingPolicyRef       = "seal.policyRef"
	settingTrustedRoot     = "seal.trustedRoot"
	settingTUFMirror       = "seal.tufMirror"
	settingTUFRoot         = "seal.tufRoot"
	settingSigningConfig   = "seal.signingConfig"
	settingFulcio          = "seal.fulcio"
	settingRekor           = "seal.rekor"
	settingTimestampServer = "seal.timestampServerURL"
	settingTimestamp       = "seal.timestamp"
	settingTokenFile       = "seal.tokenFile"
	settingClientID        = "seal.clientID"
	settingTimeout         = "seal.timeout"
)

// settings is the table. docs/settings.md and the man page are printed from it.
var settings = []setting{
	{
		Name: settingPolicy, Kind: kindFile, For: judging,
		Default: "none: nothing is trusted",
		Doc: "The file that says who may sign. It must lie outside the work tree of the repository that is judged, " +
			"or what was just pulled would choose its own judge; a file named with --policy may lie anywhere.",
	},
	{
		Name: settingPolicyRef, Kind: kindPolicyRef, For: judging,
		Default: "none",
		Doc: "The commit whose file .git-seal/policy.yaml says who may sign: its full id, a branch as refs/heads/NAME, or refs/seal/policy, which " +
			"git seal policy pin moves; never what a fetch moves. It stands in for seal.policy: of the two in one place both are an error, and in Git's configuration the last one counts.",
	},
	{
		Name: settingTrustedRoot, Kind: kindFile, Many: true, For: signing | judging | trusting,
		Default: "what TUF keeps up to date (seal.tufMirror)",
		Doc: "The trusted root of a Sigstore instance: its certificate authorities, logs and timestamp authorities. " +
			"Several may be named, for a repository that holds signatures of several instances. They judge in the order given: of those that know a certificate's authority " +
			"the first that can tell decides, so a newer copy of a root goes before an older one. Each may vouch for every issuer that the policy names, unless an identity says with `trust` which one has to. " +
			"Like the policy, it must lie outside the work tree. A policy calls it by the file's name without .json and trusted_root, or by that of its directory.",
	},
	{
		Name: settingTUFMirror, Kind: kindURL, For: signing | judging | trusting,
		Default: "the public-good instance's, " + tuf.PublicGoodMirror,
		Doc: "The TUF repository that the trusted root and the signing configuration come from, while seal.trustedRoot is not set. " +
			"It is asked when signing, at most once a day, and by git seal trust update; verifying reads what was verified last and asks nobody. Of seal.trustedRoot and this the one in the stronger place counts.",
	},
	{
		Name: settingTUFRoot, Kind: kindFile, For: signing | judging | trusting,
		Default: "the public-good instance's, built in",
		Doc: "The root.json of the TUF repository, by which everything from there is verified, for an instance of your own. " +
			"An old one will do while it vouches for the next. Like the policy, it must lie outside the work tree. A policy calls the instance by the host name in seal.tufMirror.",
	},
	{
		Name: settingSigningConfig, Kind: kindFile, For: signing | trusting,
		Default: "what TUF keeps up to date, while seal.trustedRoot is not set",
		Doc:     "The signing configuration of a Sigstore instance: where to ask for certificates, log entries and timestamps.",
	},
	{
		Name: settingFulcio, Kind: kindURL, For: signing,
		Default: "from the signing configuration",
		Doc:     "The certificate authority's URL.",
	},
	{
		Name: settingRekor, Kind: kindURL, For: signing,
		Default: "from the signing configuration",
		Doc:     "The transparency log's URL.",
	},
	{
		Name: settingTimestampServer, Kind: kindURL, For: signing,
		Default: "from the signing configuration",
		Doc:     "The RFC 3161 timestamp authority's URL.",
	},
	{
		Name: settingTimestamp, Kind: kindTimestamp, For: signing,
		Default: "auto",
		Doc: "Whether to ask for a timestamp: auto asks where the log gives no time of its own (Rekor v2, or no log), " +
			"always asks every time, never does not ask.",
	},
	{
		Name: settingTokenFile, Kind: kindFile, For: signing,
		Default: "none",
		Doc:     "A file that holds the OpenID Connect ID token to sign with, read anew for each signature. SIGSTORE_ID_TOKEN in the environment, the token itself, goes first.",
	},
	{
		Name: settingClientID, Kind: kindWord, For: signing,
		Default: "sigstore",
		Doc:     "The audience that ID tokens must be for: the client's name under which the certificate authority knows the OpenID Connect provider.",
	},
	{
		Name: settingTimeout, Kind: kindTimeout, For: signing | trusting,
		Default: "30s",
		Doc:     "How long one answer of a service may take.",
	},
}

// lookupSetting finds a setting by name; git's configuration keys do not tell
// upper from lower case.
func lookupSetting(name string) (setting, bool) {
	for _, s := range settings {
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
	switch p &^ trusting {
	case signing:
		return "signing"
	case judging:
		return "verifying"
	}
	return "signing and verifying"
}
