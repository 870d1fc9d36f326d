package host

import (
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

// OpenTrace opens what GIT_SEAL_TRACE names, as git does for GIT_TRACE: 1 is stderr,
// an absolute path is a file to append to. A trace that cannot be written is a
// warning, never a reason not to sign.
func (h *Host) OpenTrace() {
	switch to, _ := h.Getenv("GIT_SEAL_TRACE"); {
	case to == "" || to == "0" || to == "false":
	case to == "1" || to == "true":
		h.Trace = h.Stderr
	case filepath.IsAbs(to):
		f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			h.Warn("GIT_SEAL_TRACE: %v", err)
			return
		}
		h.Trace = f
	default:
		h.Warn("GIT_SEAL_TRACE: %q is neither 1 nor an absolute path", to)
	}
	if h.Trace != nil {
		fileTrace = h.traceFile
	}
}

// fileTrace is called before a file is read, and what it returns is called after;
// nil means no trace. It belongs to the process and not to a Host, because code
// without a Host reads files too. Only OpenTrace sets it, before the first file.
var fileTrace func(path string) (ended func(size int, err error))

// TraceRead measures how long it takes to read a file.
func TraceRead(path string) (ended func(size int, err error)) {
	if fileTrace == nil {
		return func(int, error) {}
	}
	return fileTrace(path)
}

// traceFile traces the reading of a file: its name and its size, and never its
// content, which may be a token.
func (h *Host) traceFile(path string) (ended func(size int, err error)) {
	start := h.Now()
	return func(size int, err error) {
		end := fmt.Sprintf("%d bytes", size)
		if err != nil {
			end = strings.TrimPrefix(Underlying(err).Error(), path+": ")
		}
		h.TraceLine("read "+path+": "+end, h.Now().Sub(start))
	}
}

// TraceGit measures how long a call of git takes.
func (h *Host) TraceGit(args []string) (ended func()) {
	start := h.Now()
	return func() { h.TraceLine("git "+strings.Join(args, " "), h.Now().Sub(start)) }
}

// TraceRequest traces a request to a service. It leaves out headers, bodies and the
// query of the URL, because each may contain a token.
func (h *Host) TraceRequest(e signer.Exchange) {
	end := strconv.Itoa(e.Status)
	if e.Err != nil {
		end = e.Err.Error()
	}
	address, _, _ := strings.Cut(e.URL, "?")
	h.TraceLine(fmt.Sprintf("%s %s: %s", e.Method, address, end), e.Duration)
}

// TraceTUF traces a request to a TUF mirror.
func (h *Host) TraceTUF(e tuf.Exchange) {
	h.TraceRequest(signer.Exchange{Method: http.MethodGet, URL: e.URL, Status: e.Status, Duration: e.Duration, Err: e.Err})
}

func (h *Host) TraceLine(what string, took time.Duration) {
	fmt.Fprintf(h.Trace, "git-seal: trace: %s (%.1f ms)\n", Message(what), float64(took.Microseconds())/1000)
}
