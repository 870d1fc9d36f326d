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

// transientStatuses are the statuses after which the same request may succeed a moment
// later: the service, or a proxy in front of it, is busy or restarting.
var transientStatuses = []int{
	http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// do sends r and reads the answer. After temporary failures it sends the request again,
// if that is allowed, as long as the step has time. Every error is a *ServiceError about
// the last attempt.
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
		// Do not begin to wait if there is no time left after it.
		if wait, ok := c.waitToRetry(a, err); ok && wait < c.timeout-a.elapsed && pause(step, wait) {
			continue
		}
		e := &ServiceError{Service: r.service, URL: r.base, Elapsed: c.now().Sub(start), Attempts: attempt, Status: a.status, Err: err}
		switch {
		case ctx.Err() != nil:
			// That is the cause, whatever error the connection reports.
			e.Err = ctx.Err()
		case step.Err() != nil:
			// The timer's time, because the clock may have been set.
			e.Err, e.Elapsed = step.Err(), c.timeout
		}
		return nil, e
	}
}

// waitToRetry returns how long to wait before the request is sent again, after an
// attempt that ended in err; ok is false if it is not sent again.
func (c *client) waitToRetry(a *answer, err error) (wait time.Duration, ok bool) {
	switch {
	case a.request.retry == nil, a.attempts == maxAttempts:
		return 0, false
	case !slices.Contains(a.request.retry, a.status) && !transient(err):
		return 0, false
	}
	// From half to one and a half of it, so that clients that failed at the same time
	// do not come back at the same time.
	base := firstWait << (a.attempts - 1)
	wait = base/2 + rand.N(base)
	return max(wait, retryAfter(a.header, c.now())), true
}

// transient reports whether err is a failure to connect or of a connection, rather than
// an answer that will be the same the next time.
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

// retryAfter returns how long the service asks to wait (RFC 9110 §10.2.3), or 0 if it
// does not say.
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

// pause waits, and returns false if ctx ends first.
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
