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

// Fault makes a service of the sandbox do something wrong until it is told
// otherwise: services and kinds are those of Faults, and every HTTP status from
// 400 to 599; "none" ends it. Options are "times=N", "for=DURATION" (what comes
// first ends the fault by itself) and "delay=DURATION", how slow "slow" is.
//
// It is for sandboxes of StartOwn. The one that tests share stays healthy.
func (s *Sandbox) Fault(t testing.TB, service, kind string, options ...string) {
	t.Helper()
	if s.shared {
		t.Fatal("sandbox: a fault for a sandbox that others use")
	}
	spec := strings.Join(slices.Concat([]string{kind}, options), ",")
	if _, err := s.control(http.MethodPut, "/"+service, spec); err != nil {
		t.Fatalf("fault %s of %s: %v", spec, service, err)
	}
}

// AwaitFault returns when a request has met the service's fault.
func (s *Sandbox) AwaitFault(t testing.TB, service string) {
	t.Helper()
	if _, err := s.control(http.MethodGet, "/"+service+"/met", ""); err != nil {
		t.Fatalf("fault of %s: %v", service, err)
	}
}

// Faults are the kinds of fault that each service has, with some statuses for
// all of them.
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

// control asks the sandbox's control port for something below /faults.
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
