//go:build unix

package signer_test

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/git-seal/git-seal/signer"
)

// The token's file may be a pipe that nobody writes to.
func TestSignStopsWhileWaitingForTheToken(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "token")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newSigner(t, signer.Options{Services: inMemory(1)}).Sign(ctx, payload, signer.FileToken(pipe))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}
