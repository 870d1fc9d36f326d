package signertest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Fault makes a service of the sandbox fail until another call changes that. Services and
// kinds are those of Faults, and every HTTP status from 400 to 599; "none" ends the fault.
// Options are "times=N" and "for=DURATION", of which the first to be reached ends the
// fault, and "delay=DURATION", the delay of "slow".
//
// It is for sandboxes of StartOwn: the shared sandbox must not fail.
func (s *Sandbox) Fault(t testing.TB, service, kind string, options ...string) {
	t.Helper()
	if s.shared {
		t.Fatal("sandbox: the shared sandbox must not have faults")
	}
	spec := strings.Join(slices.Concat([]string{kind}, options), ",")
	if _, err := s.control(http.MethodPut, "/"+service, spec); err != nil {
		t.Fatalf("fault %s of %s: %v", spec, service, err)
	}
}

// AwaitFault returns when a request has had the service's fault.
func (s *Sandbox) AwaitFault(t testing.TB, service string) {
	t.Helper()
	if _, err := s.control(http.MethodGet, "/"+service+"/met", ""); err != nil {
		t.Fatalf("fault of %s: %v", service, err)
	}
}

// Faults returns the kinds of fault of each service, with some examples of statuses.
func (s *Sandbox) Faults(t testing.TB) map[string][]string {
	t.Helper()
	text, err := s.control(http.MethodGet, "", "")
	if err != nil {
		t.Fatalf("faults: %v", err)
	}
	var kinds map[string][]string
	if err := json.Unmarshal(text, &kinds); err != nil {
		t.Fatalf("faults: %v", err)
	}
	return kinds
}

// control sends a request below /faults to the sandbox's control port.
func (s *Sandbox) control(method, path, body string) ([]byte, error) {
	req, err := http.NewRequest(method, s.Control+"/faults"+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(answer)))
	}
	return answer, err
}
