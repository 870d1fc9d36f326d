package strictyaml

import (
	"fmt"
	"strings"
	"time"
)

// ParseTime reads a moment as RFC 3339 writes it, with its zone.
func ParseTime(text string) (time.Time, error) {
	const shape = "2026-03-01T00:00:00"
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || len(text) <= len(shape) || !strings.ContainsAny(text[len(shape):len(shape)+1], ".Z+-") || t.IsZero() {
		return time.Time{}, fmt.Errorf("%q is no time with a zone", text)
	}
	return t, nil
}
