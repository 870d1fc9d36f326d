package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
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
	case to == "" || to == "0" || to == "false":
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
	if h.trace != nil {
		fileTrace = h.traceFile
	}
}

// fileTrace is called as a file begins to be read, and what it returns when it
// has been; nil for no trace. It is the process's and not a host's, because
// files are read where nobody has one; openTrace alone sets it, before the first.
var fileTrace func(path string) (ended func(size int, err error))

// traceRead times the reading of a file.
func traceRead(path string) (ended func(size int, err error)) {
	if fileTrace == nil {
		return func(int, error) {}
	}
	return fileTrace(path)
}

// traceFile shows the reading of a file: its name and its size, of a token's
// file no more.
func (h *host) traceFile(path string) (ended func(size int, err error)) {
	start := h.now()
	return func(size int, err error) {
		end := fmt.Sprintf("%d bytes", size)
		if err != nil {
			end = strings.TrimPrefix(underlying(err).Error(), path+": ")
		}
		h.traceLine("read "+path+": "+end, h.now().Sub(start))
	}
}

// traceToken is the source of an ID token, with a trace of how long it took:
// the time of a file, a service or a person, and never the token.
func (h *host) traceToken(t tokenOrigin) signer.TokenSource {
	if h.trace == nil {
		return t.source
	}
	return tracedToken{h, t}
}

type tracedToken struct {
	host *host
	of   tokenOrigin
}

func (t tracedToken) Token(ctx context.Context) (string, error) {
	start := t.host.now()
	token, err := t.of.source.Token(ctx)
	end := "read"
	if err != nil {
		end = err.Error()
	}
	t.host.traceLine("ID token ("+t.of.from+"): "+end, t.host.now().Sub(start))
	return token, err
}

// traceGit times a call of git.
func (h *host) traceGit(args []string) (ended func()) {
	start := h.now()
	return func() { h.traceLine("git "+strings.Join(args, " "), h.now().Sub(start)) }
}

// traceRequest shows a request to a service. Bodies and headers are not in it,
// nor what an address holds behind its path: one of them may be a token.
func (h *host) traceRequest(e signer.Exchange) {
	end := strconv.Itoa(e.Status)
	if e.Err != nil {
		end = e.Err.Error()
	}
	address, _, _ := strings.Cut(e.URL, "?")
	h.traceLine(fmt.Sprintf("%s %s: %s", e.Method, address, end), e.Duration)
}

// traceTUF shows a request to a TUF mirror.
func (h *host) traceTUF(e tuf.Exchange) {
	h.traceRequest(signer.Exchange{Method: http.MethodGet, URL: e.URL, Status: e.Status, Duration: e.Duration, Err: e.Err})
}

func (h *host) traceLine(what string, took time.Duration) {
	fmt.Fprintf(h.trace, "git-seal: trace: %s (%.1f ms)\n", message(what), float64(took.Microseconds())/1000)
}
