package signertest

import (
	"io"
	"net/http"
	"slices"
	"testing"
)

func get(t *testing.T, url string) (status int) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// A fault is one service's, lasts as long as it was told, and goes.
func TestFault(t *testing.T) {
	t.Parallel()
	s := StartOwn(t)
	url := s.TUF + "/timestamp.json"
	s.Fault(t, "tuf", "503", "times=2")
	for i, want := range []int{503, 503, 200} {
		if got := get(t, url); got != want {
			t.Errorf("request %d: status %d, want %d", i+1, got, want)
		}
	}
	s.Fault(t, "tuf", "stop")
	if reachable(s.TUF) || !reachable(s.OIDC) {
		t.Error("another service than the one told stopped")
	}
	s.Fault(t, "tuf", "none")
	if got := get(t, url); got != 200 {
		t.Errorf("after the fault: status %d", got)
	}
}

func TestAwaitFault(t *testing.T) {
	t.Parallel()
	s := StartOwn(t)
	s.Fault(t, "tuf", "hang")
	ended := make(chan int)
	go func() { ended <- get(t, s.TUF+"/timestamp.json") }()
	s.AwaitFault(t, "tuf")
	s.Fault(t, "tuf", "none") // lets go of what hangs
	if status := <-ended; status != 0 {
		t.Errorf("what hung was answered: %d", status)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	kinds := Start(t).Faults(t)
	if len(kinds) != 7 {
		t.Errorf("%d services: %v", len(kinds), kinds)
	}
	for service, own := range map[string]string{
		"fulcio": "another-key", "rekor": "wrong-proof", "rekor-v2": "wrong-proof", "timestamp": "another-timestamp", "oidc": "hang",
	} {
		if !slices.Contains(kinds[service], own) {
			t.Errorf("%s: %v without %s", service, kinds[service], own)
		}
	}
}
