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
	Form  string // for people, in usage texts and the man page
	Check func(value string) error
	Words []string // all values, if there is a fixed list
	File  bool     // the value is a file name
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

// maxTimeout limits seal.timeout: a longer one is a wrong unit, and git would hang.
const maxTimeout = 10 * time.Minute

func checkFile(value string) error {
	switch {
	case value == "":
		return errors.New("is not a file name")
	case strings.HasPrefix(value, "~") && value != "~" && !strings.HasPrefix(value, "~/"):
		return errors.New("begins with ~, and only ~/ is expanded")
	case display.WithoutTokens(value) != value: // init would write it into the configuration
		return fmt.Errorf("is a token, not a file name; put the token itself into %s", TokenVariable)
	}
	return nil
}

// CheckPolicyRef returns an error unless value names one commit and is not a ref
// that a fetch moves or that git could read as something else.
func CheckPolicyRef(value string) error {
	switch {
	case FullID.MatchString(value) || value == PinnedRef:
		return nil
	case value == "HEAD" || strings.HasSuffix(value, "_HEAD") || strings.HasPrefix(value, "refs/remotes/"):
		return errors.New("is moved by fetch or checkout: a commit could supply its own policy")
	case !strings.HasPrefix(value, "refs/heads/"):
		return errors.New("is neither a full commit ID nor a full branch name such as refs/heads/main")
	case strings.ContainsAny(value, " ~^:?*[\\") || strings.Contains(value, "..") || strings.Contains(value, "@{") || describes.MatchString(value):
		return errors.New("is not a plain branch name")
	}
	return nil
}

var (
	FullID    = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)
	describes = regexp.MustCompile(`-g[0-9a-f]{4,}$`) // git reads it as a commit ID if there is no such branch
)

// checkURL returns an error unless value is a URL with https, or with http on this
// machine: an ID token is sent there.
func checkURL(value string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return fmt.Errorf("is not a URL: %w", errors.Unwrap(err))
	case u.Host == "" || u.Opaque != "":
		return errors.New("is not a URL with a host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("must not have a user, query or fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("must begin with https:// (http:// is only for services on this machine)")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func checkWord(value string) error {
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return errors.New("is empty or contains spaces")
	}
	return nil
}

func checkCommand(value string) error {
	_, err := SplitCommand(value)
	return err
}

// SplitCommand splits a command into words at spaces and tabs. A word in single or
// double quotes stays whole. No other character is special; a backslash is part of a
// Windows path.
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
			return nil, errors.New("contains a control character")
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("has an unclosed quote %c", quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("names no program")
	}
	return words, nil
}

func checkTimestamp(value string) error {
	if !slices.Contains(timestampModes, value) {
		return errors.New("is not one of " + strings.Join(timestampModes, ", "))
	}
	return nil
}

// CheckTokenProvider returns an error unless value is one of TokenProviders.
func CheckTokenProvider(value string) error {
	if !slices.Contains(TokenProviders, value) {
		return errors.New("is not one of " + strings.Join(TokenProviders, ", "))
	}
	return nil
}

func checkTimeout(value string) error {
	d, err := time.ParseDuration(value)
	switch {
	case err != nil:
		return errors.New("is not a duration such as 30s or 2m")
	case d <= 0 || d > maxTimeout:
		return fmt.Errorf("is not between 0 and %v", maxTimeout)
	}
	return nil
}

// expandHome replaces a leading ~ with the home directory, as git does in paths.
func expandHome(path, home string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok {
		return path, nil
	}
	if home == "" {
		return "", errors.New("begins with ~, and HOME is not set")
	}
	return filepath.Join(home, rest), nil
}
