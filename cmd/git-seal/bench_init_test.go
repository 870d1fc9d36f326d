//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// measureInit reports what the packages do before main, which every call pays
// for, those that need none of it too: the heap that they allocate, which is the
// same whatever else the machine does, and the median of their time.
func (w *workload) measureInit(b *testing.B) {
	b.Helper()
	var kib, packages, clock []float64
	for range b.N {
		cmd := exec.CommandContext(b.Context(), w.gitSeal, "version")
		cmd.Env = append(w.env, "GODEBUG=inittrace=1")
		var traced bytes.Buffer
		cmd.Stderr = &traced
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		var bytes, ms, n float64
		for lines := bufio.NewScanner(&traced); lines.Scan(); {
			var name string
			var at, took, size float64
			if strings.HasPrefix(lines.Text(), "init runtime ") {
				continue // its own
			}
			// init PACKAGE @0.1 ms, 0.02 ms clock, 400 bytes, 3 allocs
			if _, err := fmt.Sscanf(lines.Text(), "init %s @%f ms, %f ms clock, %f bytes", &name, &at, &took, &size); err != nil {
				b.Fatalf("%q: %v", lines.Text(), err)
			}
			bytes, ms, n = bytes+size, ms+took, n+1
		}
		kib, clock, packages = append(kib, bytes/1024), append(clock, ms), append(packages, n)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(kib), "init-KiB")
	b.ReportMetric(median(clock), "init-ms")
	b.ReportMetric(median(packages), "packages")
}
