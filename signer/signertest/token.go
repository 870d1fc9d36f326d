package signertest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"
)

// TokenOptions says what is wrong with a token. The zero value makes a valid one.
type TokenOptions struct {
	Audience   string        // "": the one that Fulcio expects
	ExpiresIn  time.Duration // 0: the provider's default; negative: expired
	Unverified bool          // email_verified is false
}

// Token returns an ID token for an e-mail address.
func (s *Sandbox) Token(t testing.TB, email string, o TokenOptions) string {
	t.Helper()
	query := url.Values{"email": {email}}
	if o.Audience != "" {
		query.Set("audience", o.Audience)
	}
	if o.ExpiresIn != 0 {
		query.Set("expires_in", strconv.Itoa(int(o.ExpiresIn/time.Second)))
	}
	if o.Unverified {
		query.Set("email_verified", "false")
	}
	token, err := s.fetchToken(query)
	if err != nil {
		t.Fatalf("token for %s: %v", email, err)
	}
	return token
}

func (s *Sandbox) fetchToken(query url.Values) (string, error) {
	resp, err := http.Get(s.OIDC + "/token-for?" + query.Encode())
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", resp.Status, body)
	}
	return string(body), nil
}
