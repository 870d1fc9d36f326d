package signer

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// transientStatuses say that the same request may go through a moment later:
// the service, or a proxy in front of it, is busy or being restarted.
var transientStatuses = []int{
	http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// do sends r and reads the answer. A request that may be sent again is, after
// failures that may pass, as long as the step's time allows. Every error is a
// *ServiceError, with what the last attempt ended in.
func (c *client) do(ctx context.Context, r *request) (*answer, error) {
	start := c.now()
	step, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		a, err := c.attempt(step, r)
		a.attempts, a.elapsed = attempt, c.now().Sub(start)
		if err == nil {
			return a, nil
		}
		// What would not be over in time is not begun.
		if wait, ok := c.waitToRetry(a, err); ok && wait < c.timeout-a.elapsed && pause(step, wait) {
			continue
		}
		e := &ServiceError{Service: r.service, URL: r.base, Elapsed: c.now().Sub(start), Attempts: attempt, Status: a.status, Err: err}
		switch {
		case ctx.Err() != nil:
			// Whatever the connection says it died of, that is the cause.
			e.Err = ctx.Err()
		case step.Err() != nil:
			// The timer's time, not the clock's, which may have been set.
			e.Err, e.Elapsed = step.Err(), c.timeout
		}
		return nil, e
	}
}

// waitToRetry is how long to wait before the request is sent again, after an
// attempt that ended in err; ok is false where it is not to be.
func (c *client) waitToRetry(a *answer, err error) (wait time.Duration, ok bool) {
	switch {
	case a.request.retry == nil, a.attempts == maxAttempts:
		return 0, false
	case !slices.Contains(a.request.retry, a.status) && !transient(err):
		return 0, false
	}
	// Half of it up to one and a half, so that those whom one failure has hit
	// at the same time do not come back at the same time.
	base := firstWait << (a.attempts - 1)
	wait = base/2 + rand.N(base)
	return max(wait, retryAfter(a.header, c.now())), true
}

// transient tells a failure to connect or of a connection from an answer that
// will be the same the next time.
func transient(err error) bool {
	var lookup *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &lookup):
		return lookup.IsTemporary || lookup.IsTimeout
	case errors.As(err, &op):
		return op.Op == "dial" || op.Op == "read" || op.Op == "write" // TLS alerts are of other kinds
	}
	return errors.Is(err, ErrSentAgain) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// retryAfter is how long the service asks to be left alone (RFC 9110 §10.2.3),
// 0 where it does not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// pause waits, and returns false where ctx ends before it is over.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
