// Package gpgtest checks in tests what git-seal writes for git.
package gpgtest

import (
	"fmt"
	"strings"
)

// CheckStatus checks that status lines are as git's gpg-interface.c needs them.
func CheckStatus(status string) error {
	text, ok := strings.CutSuffix(status, "\n")
	if !ok {
		return fmt.Errorf("no newline at the end")
	}
	fields := map[string]int{"GOODSIG": 3, "BADSIG": 3, "REVKEYSIG": 3, "ERRSIG": 7, "VALIDSIG": 11, "NEWSIG": 1}
	count := make(map[string]int)
	for i, line := range strings.Split(text, "\n") {
		words := strings.Split(strings.TrimPrefix(line, "[GNUPG:] "), " ")
		if !strings.HasPrefix(line, "[GNUPG:] ") {
			return fmt.Errorf("line %d is not a status line", i)
		}
		keyword, isTrust := words[0], strings.HasPrefix(words[0], "TRUST_")
		if want, known := fields[keyword]; !isTrust && (!known || len(words) < want) {
			return fmt.Errorf("%s with %d fields", keyword, len(words)-1)
		}
		if len(words) > 1 && !isTrust && len(words[1]) != 40 {
			return fmt.Errorf("%s: fingerprint %q", keyword, words[1])
		}
		if keyword == "GOODSIG" && words[2] == "" {
			return fmt.Errorf("empty user id")
		}
		if keyword == "VALIDSIG" && words[1] != words[10] {
			return fmt.Errorf("two fingerprints")
		}
		switch {
		case isTrust:
			count["TRUST"]++
		case keyword == "VALIDSIG" || keyword == "NEWSIG":
			count[keyword]++
		default:
			count["verdict"]++
			if keyword == "GOODSIG" {
				count["VALIDSIG"]-- // one is to come
			}
		}
		if (keyword == "NEWSIG") != (i == 0) {
			return fmt.Errorf("line %d is %s", i, keyword)
		}
	}
	if count["TRUST"] != 1 || count["verdict"] != 1 || count["VALIDSIG"] != 0 {
		return fmt.Errorf("lines: %v", count)
	}
	return nil
}
