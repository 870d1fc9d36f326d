//go:build unix

package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// measureOverhead reports the medians of what a signature takes beside the
// services' own time: wall time less Fulcio's answer and the slower one of log
// and timestamp authority, by the sandbox's request log.
func (w *workload) measureOverhead(b *testing.B, args func(i int) []string) {
	b.Helper()
	var wall, services, overhead []float64
	for i := range b.N {
		before := len(w.requests(b))
		c := w.cost(b, args(i)...)
		took := make(map[string]time.Duration)
		for _, r := range w.requests(b)[before:] {
			took[r.Service] += time.Duration(r.DurationUS) * time.Microsecond
		}
		if took["fulcio"] == 0 || took["rekor"] == 0 && took["rekor-v2"] == 0 {
			b.Fatalf("requests of a signature: %v", took)
		}
		s := took["fulcio"] + max(took["rekor"], took["rekor-v2"], took["timestamp"])
		wall = append(wall, milliseconds(c.wall))
		services = append(services, milliseconds(s))
		overhead = append(overhead, milliseconds(c.wall-s))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(wall), "wall-ms")
	b.ReportMetric(median(services), "services-ms")
	b.ReportMetric(median(overhead), "overhead-ms")
}

// loggedRequest is a line of the sandbox's request log.
type loggedRequest struct {
	Service    string `json:"service"`
	DurationUS int64  `json:"duration_us"`
}

func (w *workload) requests(b *testing.B) []loggedRequest {
	b.Helper()
	log, err := os.Open(filepath.Join(w.sandbox.Dir, "requests.log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	var requests []loggedRequest
	for d := json.NewDecoder(log); ; {
		var r loggedRequest
		switch err := d.Decode(&r); err {
		case nil:
			requests = append(requests, r)
		case io.EOF:
			return requests
		default:
			b.Fatal(err)
		}
	}
}
