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

// TokenSource hands out the OpenID Connect ID token that a signature is made
// with. It is asked once per signature.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
}

var (
	_ TokenSource = StaticToken("")
	_ TokenSource = FileToken("")
)

// StaticToken is a token that the caller has already. It prints as
// "[token]", so that it does not end in a log by mistake.
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

// FileToken is the path of a file that holds a token, with white space around
// it at most. It is read anew for each signature, since whoever writes it
// renews the token.
type FileToken string

// Token reads the file. A file that is missing, empty, unreadable, not read
// when ctx ends, or longer than a token can be is a *TokenError that names it.
func (t FileToken) Token(ctx context.Context) (string, error) {
	type content struct {
		data []byte
		err  error
	}
	// A named pipe may never be written to: reading it must not outlive ctx.
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

// readToken returns at most one byte more than a token may have.
func readToken(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxToken+1))
}
