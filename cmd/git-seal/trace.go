package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// openTrace opens what GIT_SEAL_TRACE names, as GIT_TRACE does: 1 is stderr, an
// absolute name a file that is added to. A trace that cannot be written is a
// warning, never a reason not to sign.
func (h *host) openTrace() {
	switch to, _ := h.getenv("GIT_SEAL_TRACE"); {
	case to == "" || to == "0":
	case to == "1" || to == "true":
		h.trace = h.stderr
	case filepath.IsAbs(to):
		f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			h.warn("GIT_SEAL_TRACE: %v", err)
			return
		}
		h.trace = f
	default:
		h.warn("GIT_SEAL_TRACE: %q is neither 1 nor an absolute name", to)
	}
}

// traceGit times a call of git.
func (h *host) traceGit(args []string) (ended func()) {
	start := h.now()
	return func() { h.traceLine("git "+strings.Join(args, " "), h.now().Sub(start)) }
}

// traceRequest shows a request to a service. Bodies and headers are not in it:
// one of them is the token.
func (h *host) traceRequest(e signer.Exchange) {
	end := fmt.Sprintf("%d", e.Status)
	if e.Err != nil {
		end = e.Err.Error()
	}
	h.traceLine(fmt.Sprintf("%s %s: %s", e.Method, e.URL, end), e.Duration)
}

// traceTUF shows a request to a TUF mirror.
func (h *host) traceTUF(e tuf.Exchange) {
	h.traceRequest(signer.Exchange{Method: http.MethodGet, URL: e.URL, Status: e.Status, Duration: e.Duration, Err: e.Err})
}

func (h *host) traceLine(what string, took time.Duration) {
	fmt.Fprintf(h.trace, "git-seal: trace: %s (%.1f ms)\n", message(what), float64(took.Microseconds())/1000)
}
