package settings

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/git-seal/git-seal/signer/login"
	"github.com/git-seal/git-seal/verifier/display"
)

// kind is what a setting's values look like.
type kind struct {
	Form  string // for people, as usage texts and the man page name it
	Check func(value string) error
	Words []string // the values there are, where they can be counted
	File  bool     // a file's name
}

var (
	kindFile          = kind{Form: "FILE", Check: checkFile, File: true}
	kindPolicyRef     = kind{Form: "REF", Check: CheckPolicyRef}
	kindURL           = kind{Form: "URL", Check: checkURL}
	kindTimestamp     = kind{Form: "auto|always|never", Check: checkTimestamp, Words: timestampModes}
	kindTokenProvider = kind{Form: strings.Join(TokenProviders, "|"), Check: CheckTokenProvider, Words: TokenProviders}
	kindWord          = kind{Form: "WORD", Check: checkWord}
	kindPublish       = kind{Form: "true|false|IDENTITY", Check: checkPublish, Words: []string{PublishAlways, PublishNever}}
	kindCommand       = kind{Form: "COMMAND", Check: checkCommand}
	kindRedirectURL   = kind{Form: "URL", Check: login.CheckRedirectURL}
	kindTimeout       = kind{Form: "DURATION", Check: checkTimeout}
)

var timestampModes = []string{"auto", "always", "never"}

// maxTimeout bounds seal.timeout: a longer one is a slip of the unit, and
// would leave git hanging.
const maxTimeout = 10 * time.Minute

func checkFile(value string) error {
	switch {
	case value == "":
		return errors.New("no file's name")
	case strings.HasPrefix(value, "~") && value != "~" && !strings.HasPrefix(value, "~/"):
		return errors.New("of the names with a tilde, only ~/ is known")
	case display.WithoutTokens(value) != value: // which init would write into the configuration
		return fmt.Errorf("a token, and no file's name; %s takes the token itself", TokenVariable)
	}
	return nil
}

// CheckPolicyRef accepts what names one commit, and nothing that a fetch
// moves or that git could read as something else.
func CheckPolicyRef(value string) error {
	switch {
	case FullID.MatchString(value) || value == PinnedRef:
		return nil
	case value == "HEAD" || strings.HasSuffix(value, "_HEAD") || strings.HasPrefix(value, "refs/remotes/"):
		return errors.New("a fetch or checkout moves it: what was just pulled would choose its own judge")
	case !strings.HasPrefix(value, "refs/heads/"):
		return errors.New("neither a full commit id nor the whole name of a branch, such as refs/heads/main")
	case strings.ContainsAny(value, " ~^:?*[\\") || strings.Contains(value, "..") || strings.Contains(value, "@{") || describes.MatchString(value):
		return errors.New("not the plain name of a branch")
	}
	return nil
}

var (
	FullID    = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)
	describes = regexp.MustCompile(`-g[0-9a-f]{4,}$`) // which git reads as the id of a commit where there is no such branch
)

// checkURL accepts https, and http on this machine: an ID token goes there.
func checkURL(value string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return errors.Unwrap(err)
	case u.Host == "" || u.Opaque != "":
		return errors.New("not a URL with a host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("a service's URL has no user, query or fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("not https, and http is for this machine alone")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func checkWord(value string) error {
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return errors.New("empty, or with spaces in it")
	}
	return nil
}

func checkCommand(value string) error {
	_, err := SplitCommand(value)
	return err
}

// SplitCommand splits a command into its words at spaces and tabs. What stands
// in quotes of either kind is as it is; nothing else means anything, backslashes
// of Windows's names least of all.
func SplitCommand(value string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	inWord := false
	for _, r := range value {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inWord = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		case r < ' ' || r == 0x7f:
			return nil, errors.New("a control character in it")
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("the quote %c has no end", quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("no program's name")
	}
	return words, nil
}

func checkTimestamp(value string) error {
	if !slices.Contains(timestampModes, value) {
		return errors.New("not one of " + strings.Join(timestampModes, ", "))
	}
	return nil
}

func CheckTokenProvider(value string) error {
	if !slices.Contains(TokenProviders, value) {
		return errors.New("not one of " + strings.Join(TokenProviders, ", "))
	}
	return nil
}

func checkTimeout(value string) error {
	d, err := time.ParseDuration(value)
	switch {
	case err != nil:
		return errors.New("not a duration such as 30s or 2m")
	case d <= 0 || d > maxTimeout:
		return fmt.Errorf("not between 0 and %v", maxTimeout)
	}
	return nil
}

// expandHome replaces a leading ~ by the home directory, as git does for
// settings that are paths.
func expandHome(path, home string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok {
		return path, nil
	}
	if home == "" {
		return "", errors.New("HOME is not set")
	}
	return filepath.Join(home, rest), nil
}
