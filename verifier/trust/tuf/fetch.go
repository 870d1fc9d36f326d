package tuf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/fetcher"
)

// mirror fetches files from a repository's host and from no other.
type mirror struct {
	ctx   context.Context // go-tuf's Fetcher has none
	http  *http.Client
	now   func() time.Time // only for durations
	trace func(Exchange)
}

var (
	_ fetcher.Fetcher = (*mirror)(nil)
	_ fetcher.Fetcher = frozen{}
)

func newMirror(ctx context.Context, o Options) *mirror {
	return &mirror{ctx: ctx, http: &http.Client{Transport: o.Transport, CheckRedirect: checkRedirect}, now: o.Now, trace: o.Trace}
}

// checkRedirect keeps a request on its host.
func checkRedirect(r *http.Request, via []*http.Request) error {
	switch first := via[0]; {
	case r.URL.Scheme != first.URL.Scheme || r.URL.Host != first.URL.Host:
		return fmt.Errorf("redirects to %s://%s: refused", r.URL.Scheme, r.URL.Host)
	case len(via) > maxRedirects:
		return fmt.Errorf("redirects more than %d times", maxRedirects)
	}
	return nil
}

// errSentAgain stops a request that net/http would repeat without end or pause, because the
// mirror always answers that it did not process it (GOAWAY in HTTP/2).
var errSentAgain = errors.New("the mirror keeps asking to send the request again")

// fetchError is a file that could not be fetched.
type fetchError struct {
	url string
	err error
}

func (e *fetchError) Error() string { return e.url + ": " + e.err.Error() }
func (e *fetchError) Unwrap() error { return e.err }

// noAnswer means that the time was up.
type noAnswer struct {
	waited time.Duration
	err    error // of the context
}

func (e *noAnswer) Error() string {
	return "no answer after " + e.waited.Round(100*time.Millisecond).String()
}
func (e *noAnswer) Unwrap() error { return e.err }

// DownloadFile implements go-tuf's Fetcher. It returns a complete file of at most maxLength
// bytes.
func (m *mirror) DownloadFile(file string, maxLength int64, _ time.Duration) ([]byte, error) {
	start := m.now()
	content, status, err := m.get(file, min(maxLength, maxMetadata))
	if m.trace != nil {
		e := Exchange{URL: file, Status: status, Duration: m.now().Sub(start), Err: err}
		if status != 0 && status != http.StatusOK {
			e.Err = nil // the status is enough
		}
		m.trace(e)
	}
	return content, err
}

func (m *mirror) get(file string, limit int64) (content []byte, status int, err error) {
	ctx, cancel := context.WithCancelCause(m.ctx)
	defer cancel(nil)
	var sent atomic.Int32
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		if sent.Add(1) > maxSends {
			cancel(errSentAgain)
		}
	}})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, file, nil)
	if err != nil {
		return nil, 0, &fetchError{file, err}
	}
	req.Header.Set("User-Agent", "git-seal")
	resp, err := m.http.Do(req)
	if err != nil {
		if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) { // it repeats the URL
			err = wrapped.Err
		}
		if errors.Is(context.Cause(ctx), errSentAgain) {
			err = errSentAgain
		}
		return nil, 0, &fetchError{file, err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, resp.StatusCode, &metadata.ErrDownloadHTTP{StatusCode: resp.StatusCode, URL: file}
	}
	content, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, resp.StatusCode, &fetchError{file, err}
	case int64(len(content)) > limit:
		return nil, resp.StatusCode, &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%s: longer than %d bytes", file, limit)}
	}
	return content, resp.StatusCode, nil
}
