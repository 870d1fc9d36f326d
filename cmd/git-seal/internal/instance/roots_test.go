package instance

import "testing"

func TestRootName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/etc/acme/trusted_root.json":  "acme",
		"/etc/acme/trusted-root.json":  "acme",
		"/etc/acme.trusted_root.json":  "acme",
		"/etc/acme-trusted-root.json":  "acme",
		"/etc/acme.json":               "acme",
		"/etc/acme":                    "acme",
		"/etc/ac-me_trusted_root.json": "ac-me",
	} {
		if got := rootName(path); got != want {
			t.Errorf("%s = %q, want %q", path, got, want)
		}
	}
}
