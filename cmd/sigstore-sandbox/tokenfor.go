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

const (
	// maxToken caps what is read as a token; the provider's have about 700 bytes.
	maxToken = 16 << 10

	// requestTimeout is how long a running sandbox may take to answer.
	requestTimeout = 10 * time.Second
)

// readAddresses reads where the sandbox that runs in dir answers.
func readAddresses(dir string) (addresses, error) {
	var a addresses
	file := filepath.Join(dir, "sandbox.json")
	b, err := os.ReadFile(file)
	if err != nil {
		return a, withHint(fmt.Errorf("no sandbox has run here: %w", err), "--dir names the directory of a running sandbox")
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("%s: %w", file, err)
	}
	return a, nil
}

// fetchToken asks the sandbox that runs in dir for an ID token of email. It is for machines without curl.
func fetchToken(ctx context.Context, dir, email string) (string, error) {
	a, err := readAddresses(dir)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.OIDC+"/token-for?email="+url.QueryEscape(email), nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(dir, "sandbox.json"), err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", withHint(fmt.Errorf("the sandbox does not answer: %w", err), "start it with sigstore-sandbox --dir "+shellQuote(dir))
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
