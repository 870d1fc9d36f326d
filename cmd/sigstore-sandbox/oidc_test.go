package main

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// expiry is when the token in the state directory expires.
func expiry(t *testing.T, dir string) time.Time {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "id-token"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.ParseSigned(string(data), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var claims tokenClaims
	if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil {
		t.Fatal(err)
	}
	return claims.Expiry.Time()
}

func TestTokenFileIsRenewedBeforeItExpires(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	signer, err := generateP256()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := &sandbox{dir: &stateDir{root: dir}, identity: "dev@example.com", failed: make(chan error, 1)}
		p := &oidcProvider{issuer: "http://127.0.0.1:1", key: &oidcKey{id: "key", signer: signer}}
		if err := s.saveToken(p); err != nil {
			t.Fatal(err)
		}
		first := expiry(t, dir)
		if left := time.Until(first); left != tokenLifetime {
			t.Errorf("a new token is valid for %v", left)
		}
		stop := s.refreshToken(p)
		defer stop()
		for range 24 * 4 {
			time.Sleep(tokenRefresh)
			synctest.Wait()
			if left := time.Until(expiry(t, dir)); left < 40*time.Minute {
				t.Fatalf("a token with %v left", left)
			}
		}
		if now := expiry(t, dir); now.Sub(first) < 23*time.Hour {
			t.Errorf("after a day: expires %v after the first", now.Sub(first))
		}
	})
}
