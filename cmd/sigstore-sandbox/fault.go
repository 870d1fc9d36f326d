package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The kinds of fault that every service has. Beside them stand the statuses of HTTP errors, by number, and what a
// service registers of its own.
const (
	faultNone      = "none"      // lifts the fault
	faultStop      = "stop"      // nobody listens
	faultReset     = "reset"     // the connection is reset once the request is read
	faultHang      = "hang"      // the request is read and never answered
	faultSlow      = "slow"      // the answer comes late
	faultTruncated = "truncated" // the connection ends in the middle of the answer
	faultGarbage   = "garbage"   // a page of a hotel's network
)

// shownStatuses are those that a list of kinds shows of the many.
var shownStatuses = []string{"403", "429", "500", "503"}

// defaultDelay is how late a slow answer is unless the fault says so.
const defaultDelay = time.Second

// fault is what one service does wrong.
type fault struct {
	kind  string
	delay time.Duration // of a slow answer
	times int           // requests left that meet it; negative: all
	lasts time.Duration // until it is lifted; 0: until it is told

	over   bool          // no further request meets it
	met    chan struct{} // closed when the first request meets it
	lifted chan struct{} // closed when another takes its place
}

// spoil answers a request wrongly. next is the service itself, for as much of its work as the fault needs.
type spoil func(f *fault, next http.Handler, w http.ResponseWriter, r *http.Request)

// parseFault reads KIND[,times=N][,for=DURATION][,delay=DURATION].
func parseFault(text string) (*fault, error) {
	kind, rest, more := strings.Cut(text, ",")
	f := &fault{kind: kind, delay: defaultDelay, times: -1, met: make(chan struct{}), lifted: make(chan struct{})}
	for more {
		var option string
		option, rest, more = strings.Cut(rest, ",")
		name, value, _ := strings.Cut(option, "=")
		var err error
		switch name {
		case "times":
			f.times, err = strconv.Atoi(value)
			if err == nil && f.times < 1 {
				err = errors.New("must be at least 1")
			}
		case "for":
			f.lasts, err = parseDelay(value)
		case "delay":
			f.delay, err = parseDelay(value)
		default:
			err = errors.New("not one of times, for, delay")
		}
		if err != nil {
			return nil, fmt.Errorf("fault %q: %q: %w", text, option, err)
		}
	}
	if kind == faultStop && f.times > 0 {
		return nil, fmt.Errorf("fault %q: a stopped service gets no requests to count; use for=DURATION", text)
	}
	return f, nil
}

func parseDelay(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err == nil && d <= 0 {
		err = errors.New("must be more than 0")
	}
	return d, err
}

// faults are what the services were told to do wrong.
type faults struct {
	endpoints map[string]*endpoint
	own       map[string]map[string]spoil // by service and kind

	mu   sync.Mutex
	told map[string]*fault // by service
}

func newFaults() *faults {
	return &faults{endpoints: make(map[string]*endpoint), own: make(map[string]map[string]spoil), told: make(map[string]*fault)}
}

// kinds are what a service can be told, sorted.
func (f *faults) kinds(service string) []string {
	kinds := append(slices.Collect(maps.Keys(commonSpoils)), shownStatuses...)
	kinds = slices.AppendSeq(kinds, maps.Keys(f.own[service]))
	slices.Sort(kinds)
	return kinds
}

// spoil is how a service does what a fault says; nil if it cannot.
func (f *faults) spoil(service, kind string) spoil {
	if s, ok := f.own[service][kind]; ok {
		return s
	}
	if s, ok := commonSpoils[kind]; ok {
		return s
	}
	if status, err := strconv.Atoi(kind); err == nil && 400 <= status && status <= 599 {
		return answerStatus(status)
	}
	return nil
}

// tell makes a service do what the fault says, instead of what it was told before.
func (f *faults) tell(service string, n *fault) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	endpoint := f.endpoints[service]
	if endpoint == nil {
		return fmt.Errorf("service %q is not one of %s", service, strings.Join(services, ", "))
	}
	if n.kind != faultNone && f.spoil(service, n.kind) == nil {
		return fmt.Errorf("fault %q: the faults of %s are %s, and every status from 400 to 599", n.kind, service, strings.Join(f.kinds(service), ", "))
	}
	if err := f.lift(service); err != nil {
		return err
	}
	if n.kind == faultNone {
		return nil
	}
	f.told[service] = n
	if n.kind == faultStop {
		endpoint.stop()
	}
	if n.lasts > 0 {
		time.AfterFunc(n.lasts, func() { f.expire(service, n) })
	}
	return nil
}

// lift ends what a service was told before. The mutex is held.
func (f *faults) lift(service string) error {
	n := f.told[service]
	if n == nil {
		return nil
	}
	delete(f.told, service)
	close(n.lifted)
	if n.kind == faultStop {
		return f.endpoints[service].resume()
	}
	return nil
}

// expire lifts a fault whose time is up, unless another has taken its place.
func (f *faults) expire(service string, n *fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.told[service] != n {
		return
	}
	if err := f.lift(service); err != nil {
		f.endpoints[service].failed <- err
	}
}

// meet is the fault that a request to a service meets, or nil.
func (f *faults) meet(service string) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.told[service]
	if n == nil || n.over {
		return nil
	}
	select {
	case <-n.met:
	default:
		close(n.met)
	}
	if n.times > 0 {
		n.times--
		n.over = n.times == 0
	}
	return n
}

// await returns when a request has met the service's fault.
func (f *faults) await(ctx context.Context, service string) error {
	f.mu.Lock()
	n := f.told[service]
	f.mu.Unlock()
	if n == nil {
		return fmt.Errorf("%s has no fault", service)
	}
	select {
	case <-n.met:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inject is a service with the faults that it is told.
func (f *faults) inject(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := f.meet(service)
		if n == nil {
			next.ServeHTTP(w, r)
			return
		}
		f.spoil(service, n.kind)(n, next, w, r)
	})
}
