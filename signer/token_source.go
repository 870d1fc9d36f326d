package signer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// TokenSource returns the OpenID Connect ID token to sign with. It is called once per
// signature.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
}

var (
	_ TokenSource = StaticToken("")
	_ TokenSource = FileToken("")
)

// StaticToken is a token that the caller has already. It prints as "[token]", so that it
// does not get into a log by mistake.
type StaticToken string

// Token returns the token. An empty one is a *TokenError.
func (t StaticToken) Token(context.Context) (string, error) {
	if t == "" {
		return "", &TokenError{Reason: TokenMissing, Detail: "is empty"}
	}
	return string(t), nil
}

// String does not return the token.
func (StaticToken) String() string { return "[token]" }

// GoString does not return the token.
func (StaticToken) GoString() string { return "signer.StaticToken([token])" }

// FileToken is the path of a file with a token, and nothing else but white space around
// it. It is read again for each signature, because another program may renew the token.
type FileToken string

// Token reads the file. It returns a *TokenError that names the file if it is missing,
// empty, not readable, not read completely when ctx ends, or longer than a token can be.
func (t FileToken) Token(ctx context.Context) (string, error) {
	type content struct {
		data []byte
		err  error
	}
	// No one may ever write to a named pipe: reading it must end with ctx.
	read := make(chan content, 1)
	go func() {
		data, err := readToken(string(t))
		read <- content{data, err}
	}()
	var c content
	select {
	case c = <-read:
	case <-ctx.Done():
		return "", &TokenError{Reason: TokenUnreadable, Detail: fmt.Sprintf("file %q", string(t)), Err: context.Cause(ctx)}
	}
	switch {
	case errors.Is(c.err, fs.ErrNotExist):
		return "", &TokenError{Reason: TokenMissing, Detail: fmt.Sprintf("file %q does not exist", string(t))}
	case c.err != nil:
		var path *fs.PathError
		if errors.As(c.err, &path) {
			c.err = path.Err
		}
		return "", &TokenError{Reason: TokenUnreadable, Detail: fmt.Sprintf("file %q", string(t)), Err: c.err}
	case len(c.data) > maxToken:
		return "", &TokenError{Reason: TokenMalformed, Detail: fmt.Sprintf("file %q is longer than %d bytes", string(t), maxToken)}
	}
	token := bytes.TrimSpace(c.data)
	if len(token) == 0 {
		return "", &TokenError{Reason: TokenMissing, Detail: fmt.Sprintf("file %q is empty", string(t))}
	}
	return string(token), nil
}

// readToken reads at most one byte more than a token may have.
func readToken(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxToken+1))
}
