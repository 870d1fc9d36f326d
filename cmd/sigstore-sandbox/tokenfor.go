package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// maxToken caps what is read as a token; the provider's have about 700 bytes.
const maxToken = 16 << 10

// fetchToken asks the sandbox that runs in dir for an ID token of email. It is for machines without curl.
func fetchToken(ctx context.Context, dir, email string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, "sandbox.json"))
	if err != nil {
		return "", withHint(fmt.Errorf("no sandbox has run here: %w", err), "--dir names the directory of a running sandbox")
	}
	var a addresses
	if err := json.Unmarshal(b, &a); err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(dir, "sandbox.json"), err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.OIDC+"/token-for?email="+url.QueryEscape(email), nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(dir, "sandbox.json"), err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", withHint(fmt.Errorf("no sandbox answers: %w", err), "start it with sigstore-sandbox --dir "+shellQuote(dir))
	}
	defer resp.Body.Close()
	token, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
	if err != nil {
		return "", fmt.Errorf("%s: %w", a.OIDC, err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s: %s", a.OIDC, resp.Status, token)
	}
	return string(token), nil
}
