package signer

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// listed is a service in a signing config.
type listed struct {
	URL      string         `json:"url"`
	Version  int            `json:"majorApiVersion"`
	ValidFor map[string]any `json:"validFor"`
	Operator string         `json:"operator"`
}

func service(url string, version int, operator string) listed {
	return listed{url, version, window("2020-01-01T00:00:00Z", ""), operator}
}

func window(start, end string) map[string]any {
	w := map[string]any{"start": start}
	if end != "" {
		w["end"] = end
	}
	return w
}

// signingConfig is a config in which set changes fields, nil removes one.
func signingConfig(t *testing.T, set map[string]any) []byte {
	t.Helper()
	config := map[string]any{
		"mediaType":       "application/vnd.dev.sigstore.signingconfig.v0.2+json",
		"caUrls":          []listed{service("https://fulcio.example.com", 1, "a")},
		"rekorTlogUrls":   []listed{service("https://rekor.example.com", 1, "a")},
		"tsaUrls":         []listed{service("https://tsa.example.com/ts", 1, "a")},
		"rekorTlogConfig": map[string]any{"selector": "ANY"},
		"tsaConfig":       map[string]any{"selector": "ANY"},
	}
	for k, v := range set {
		if config[k] = v; v == nil {
			delete(config, k)
		}
	}
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestServicesOfSigningConfig(t *testing.T) {
	t.Parallel()
	v2 := service("https://v2.example.com", 2, "a")
	ended, future := service("https://ended.example.com", 1, "a"), service("https://future.example.com", 1, "a")
	ended.ValidFor = window("2020-01-01T00:00:00Z", "2026-11-22T11:30:00Z")
	future.ValidFor = window("2026-11-22T12:30:00Z", "")
	long := service("https://long.example.com", 1, "a")
	long.ValidFor = window("2020-01-01T00:00:00Z", "2025-01-01T00:00:00Z")
	v1 := service("https://rekor.example.com", 1, "a")
	for _, test := range []struct {
		name      string
		set       map[string]any
		overrides Overrides
		want      Services // several URLs: any of them
		err       string
	}{
		{name: "as it is", want: Services{"https://fulcio.example.com", []Log{{"https://rekor.example.com", 1}}, []string{"https://tsa.example.com/ts"}, ""}},
		{
			name: "highest version",
			set:  map[string]any{"rekorTlogUrls": []listed{v1, v2}},
			want: Services{"https://fulcio.example.com", []Log{{"https://v2.example.com", 2}}, []string{"https://tsa.example.com/ts"}, ""},
		},
		{
			name: "a version that nobody here speaks",
			set:  map[string]any{"rekorTlogUrls": []listed{service("https://v3.example.com", 3, "a"), v1}},
			want: Services{"https://fulcio.example.com", []Log{{"https://rekor.example.com", 1}}, []string{"https://tsa.example.com/ts"}, ""},
		},
		{
			name: "only such versions",
			set:  map[string]any{"rekorTlogUrls": []listed{service("https://v3.example.com", 3, "a")}},
			err:  "signing configuration: logs: no matching services",
		},
		{
			name: "valid before just over",
			set:  map[string]any{"rekorTlogUrls": []listed{ended, v1}},
			want: Services{"https://fulcio.example.com", []Log{{"https://rekor.example.com", 1}}, []string{"https://tsa.example.com/ts"}, ""},
		},
		{
			name: "over half an hour ago, by a clock that may be ahead",
			set:  map[string]any{"rekorTlogUrls": []listed{ended}},
			want: Services{"https://fulcio.example.com", []Log{{"https://ended.example.com", 1}}, []string{"https://tsa.example.com/ts"}, ""},
		},
		{
			name: "not before half an hour, by a clock that may be behind",
			set:  map[string]any{"rekorTlogUrls": []listed{future}},
			want: Services{"https://fulcio.example.com", []Log{{"https://future.example.com", 1}}, []string{"https://tsa.example.com/ts"}, ""},
		},
		{name: "over for a year", set: map[string]any{"rekorTlogUrls": []listed{long}}, err: "signing configuration: logs: no matching services"},
		{name: "authority over", set: map[string]any{"caUrls": []listed{long}}, err: "signing configuration: certificate authorities: no matching"},
		{name: "timestamp authority over", set: map[string]any{"tsaUrls": []listed{long}}, err: "signing configuration: timestamp authorities: no matching"},
		{
			name: "all operators",
			set: map[string]any{
				"tsaUrls":   []listed{service("https://a.example.com", 1, "a"), service("https://b.example.com", 1, "b")},
				"tsaConfig": map[string]any{"selector": "ALL"},
			},
			want: Services{"https://fulcio.example.com", []Log{{"https://rekor.example.com", 1}}, []string{"https://a.example.com", "https://b.example.com"}, ""},
		},
		{
			name: "exactly two",
			set: map[string]any{
				"tsaUrls":   []listed{service("https://a.example.com", 1, "a"), service("https://b.example.com", 1, "b")},
				"tsaConfig": map[string]any{"selector": "EXACT", "count": 2},
			},
			want: Services{"https://fulcio.example.com", []Log{{"https://rekor.example.com", 1}}, []string{"https://a.example.com", "https://b.example.com"}, ""},
		},
		{
			name: "exactly three of two",
			set: map[string]any{
				"tsaUrls":   []listed{service("https://a.example.com", 1, "a"), service("https://b.example.com", 1, "b")},
				"tsaConfig": map[string]any{"selector": "EXACT", "count": 3},
			},
			err: "timestamp authorities: service selector count 3",
		},
		{name: "no selector", set: map[string]any{"tsaConfig": nil}, err: "timestamp authorities: invalid service selector"},
		{name: "no log selector", set: map[string]any{"rekorTlogConfig": nil}, err: "logs: invalid service selector"},
		{
			name: "no log, no timestamp authority",
			set:  map[string]any{"rekorTlogUrls": nil, "rekorTlogConfig": nil, "tsaUrls": nil, "tsaConfig": nil},
			want: Services{Fulcio: "https://fulcio.example.com"},
		},
		{name: "no authority", set: map[string]any{"caUrls": nil}, err: "names no certificate authority"},
		{
			name: "everything overridden, nothing of it valid",
			set:  map[string]any{"caUrls": nil, "rekorTlogUrls": []listed{long}, "tsaUrls": []listed{long}},
			overrides: Overrides{
				Fulcio: "https://f.example.com", Rekor: "https://r.example.com", TimestampServerURL: "https://t.example.com",
			},
			want: Services{"https://f.example.com", []Log{{"https://r.example.com", 1}}, []string{"https://t.example.com"}, ""},
		},
		{
			name:      "override that the config knows",
			set:       map[string]any{"rekorTlogUrls": []listed{v1, v2}},
			overrides: Overrides{Rekor: "https://v2.example.com/"},
			want:      Services{"https://fulcio.example.com", []Log{{"https://v2.example.com/", 2}}, []string{"https://tsa.example.com/ts"}, ""},
		},
		{
			name:      "override with its version",
			overrides: Overrides{Rekor: "https://r.example.com", RekorVersion: 2},
			want:      Services{"https://fulcio.example.com", []Log{{"https://r.example.com", 2}}, []string{"https://tsa.example.com/ts"}, ""},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config, err := ParseSigningConfig(signingConfig(t, test.set))
			if err != nil {
				t.Fatal(err)
			}
			got, err := config.Services(testNow, test.overrides)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(got.TimestampAuthorities) // a selector's choice has no order
			if got.Fulcio != test.want.Fulcio || !slices.Equal(got.Rekor, test.want.Rekor) || !slices.Equal(got.TimestampAuthorities, test.want.TimestampAuthorities) {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

// ANY picks one, and each of them sooner or later.
func TestSelectorAny(t *testing.T) {
	t.Parallel()
	config, err := ParseSigningConfig(signingConfig(t, map[string]any{
		"tsaUrls": []listed{service("https://a.example.com", 1, "a"), service("https://b.example.com", 1, "b")},
	}))
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for range 1000 {
		s, err := config.Services(testNow, Overrides{})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.TimestampAuthorities) != 1 {
			t.Fatalf("picks %q", s.TimestampAuthorities)
		}
		seen[s.TimestampAuthorities[0]] = true
	}
	if len(seen) != 2 {
		t.Errorf("picks only %v", seen)
	}
}

func TestSigningConfigIsReadStrictly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, json, want string }{
		{"empty", "", "signing configuration: "},
		{"truncated", `{"mediaType":`, "signing configuration: "},
		{"trailing", string(signingConfig(t, nil)) + "{}", "signing configuration: "},
		{"unknown field", string(signingConfig(t, map[string]any{"proxy": "https://p.example.com"})), `unknown field "proxy"`},
		{"another version", string(signingConfig(t, map[string]any{"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.1+json"})), "media type"},
		{"a trusted root", `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","tlogs":[]}`, "signing configuration: "},
		{"too long", strings.Repeat(" ", maxSigningConfig+1), "longer than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := ParseSigningConfig([]byte(test.json)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestPublicGoodSigningConfig(t *testing.T) {
	t.Parallel()
	s, err := PublicGoodSigningConfig().Services(testNow, Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	want := Services{"https://fulcio.sigstore.dev", []Log{{"https://rekor.sigstore.dev", 1}}, []string{"https://timestamp.sigstore.dev/api/v1/timestamp"}, "https://oauth2.sigstore.dev/auth"}
	if s.Fulcio != want.Fulcio || !slices.Equal(s.Rekor, want.Rekor) || !slices.Equal(s.TimestampAuthorities, want.TimestampAuthorities) || s.OIDC != want.OIDC {
		t.Errorf("%+v, want %+v", s, want)
	}
	if _, err := New(Options{Services: s, Now: time.Now}); err != nil {
		t.Error(err)
	}
}

// Where nothing is configured, everything may be an override.
func TestZeroSigningConfig(t *testing.T) {
	t.Parallel()
	if _, err := new(SigningConfig).Services(testNow, Overrides{}); err == nil || !strings.Contains(err.Error(), "names no certificate authority") {
		t.Errorf("error %v", err)
	}
	s, err := new(SigningConfig).Services(testNow, Overrides{Fulcio: "https://f.example.com", TimestampServerURL: "https://t.example.com"})
	if err != nil || s.Fulcio != "https://f.example.com" || s.Rekor != nil || len(s.TimestampAuthorities) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// Where people log in is no evidence: whoever brings a token needs none of it.
func TestServicesSayWhereToLogIn(t *testing.T) {
	t.Parallel()
	const issuer = "https://login.example.com/auth"
	later := service("https://later.example.com", 1, "a")
	later.ValidFor = window("2027-01-01T00:00:00Z", "")
	for _, test := range []struct {
		name     string
		listed   []listed
		override string
		want     string
	}{
		{"as it is", []listed{service(issuer, 1, "a")}, "", issuer},
		{"none", nil, "", ""},
		{"not yet", []listed{later}, "", ""},
		{"the one that is valid", []listed{later, service(issuer, 1, "b")}, "", issuer},
		{"a version that nobody here speaks", []listed{service(issuer, 2, "a")}, "", ""},
		{"override", []listed{service(issuer, 1, "a")}, "https://other.example.com", "https://other.example.com"},
		{"override of nothing", nil, "https://other.example.com", "https://other.example.com"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := ParseSigningConfig(signingConfig(t, map[string]any{"oidcUrls": test.listed}))
			if err != nil {
				t.Fatal(err)
			}
			s, err := c.Services(testNow, Overrides{OIDC: test.override})
			if err != nil || s.OIDC != test.want {
				t.Errorf("%q, %v; want %q", s.OIDC, err, test.want)
			}
		})
	}
}

func TestNewRefusesWhatWouldNotProveTheTime(t *testing.T) {
	t.Parallel()
	const fulcio, v1, v2, tsa = "https://fulcio.example.com", "https://v1.example.com", "https://v2.example.com", "https://tsa.example.com/ts"
	for _, test := range []struct {
		name     string
		services Services
		mode     TimestampMode
		err      string // "": it does
	}{
		{"v1", Services{fulcio, []Log{{v1, 1}}, nil, ""}, "", ""},
		{"v1 never", Services{fulcio, []Log{{v1, 1}}, nil, ""}, TimestampNever, ""},
		{"v1 always", Services{fulcio, []Log{{v1, 1}}, []string{tsa}, ""}, TimestampAlways, ""},
		{"v2", Services{fulcio, []Log{{v2, 2}}, []string{tsa}, ""}, TimestampAuto, ""},
		{"no log", Services{fulcio, nil, []string{tsa}, ""}, TimestampAuto, ""},
		{"loopback", Services{"http://127.0.0.1:8080", []Log{{"http://rekor.example.com", 1}}, nil, ""}, "", ""},
		{"loopback, IPv6", Services{"http://[::1]:8080", []Log{{v1, 1}}, nil, ""}, "", ""},
		{"loopback by name", Services{"http://localhost:8080", []Log{{v1, 1}}, nil, ""}, "", ""},

		{"v1 always without authority", Services{fulcio, []Log{{v1, 1}}, nil, ""}, TimestampAlways, "no timestamp authority is set"},
		{"v2 without authority", Services{fulcio, []Log{{v2, 2}}, nil, ""}, TimestampAuto, "is Rekor v2, which does not prove when it was signed, and no timestamp authority"},
		{"v2 never", Services{fulcio, []Log{{v2, 2}}, []string{tsa}, ""}, TimestampNever, "timestamp mode never: https://v2.example.com is Rekor v2, which does not prove when"},
		{"no log never", Services{fulcio, nil, []string{tsa}, ""}, TimestampNever, "timestamp mode never: without a log, nothing would prove when"},
		{"neither", Services{fulcio, nil, nil, ""}, TimestampAuto, "neither a log nor a timestamp authority is set"},
		{"unknown mode", Services{fulcio, []Log{{v1, 1}}, nil, ""}, "sometimes", `timestamp mode "sometimes" is not one of auto, always, never`},
		{"v3", Services{fulcio, []Log{{v1, 3}}, nil, ""}, "", "unknown API version 3"},
		{"no fulcio", Services{"", []Log{{v1, 1}}, nil, ""}, "", "Fulcio: no URL is set"},
		{"token in the clear", Services{"http://fulcio.example.com", []Log{{v1, 1}}, nil, ""}, "", "the token would be sent unencrypted"},
		{"token in the clear to a name like loopback", Services{"http://127.0.0.1.example.com", []Log{{v1, 1}}, nil, ""}, "", "unencrypted"},
		{"another scheme", Services{"file:///etc/passwd", []Log{{v1, 1}}, nil, ""}, "", "Fulcio: \"file:///etc/passwd\" is not an http or https URL"},
		{"no host", Services{fulcio, []Log{{"https:///api", 1}}, nil, ""}, "", "Rekor: \"https:///api\" is not an http or https URL"},
		{"no URL", Services{fulcio, []Log{{"https://[", 1}}, nil, ""}, "", "Rekor: \"https://[\" is not a URL"},
		{"query", Services{fulcio, []Log{{v1 + "?a=b", 1}}, nil, ""}, "", "must not have a query or fragment"},
		{"fragment", Services{fulcio, nil, []string{tsa + "#top"}, ""}, "", "timestamp authority: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := New(Options{Services: test.services, Timestamp: test.mode, Now: time.Now})
			switch {
			case test.err == "" && err != nil:
				t.Error(err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
}

// A password in an address is not repeated.
func TestNewDoesNotRepeatPasswords(t *testing.T) {
	t.Parallel()
	_, err := New(Options{Services: Services{Fulcio: "https://ana:hunter2@fulcio.example.com"}, Now: time.Now})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}

func TestNewNeedsAClock(t *testing.T) {
	t.Parallel()
	services := Services{"https://fulcio.example.com", []Log{{"https://rekor.example.com", 1}}, nil, ""}
	if _, err := New(Options{Services: services}); err == nil {
		t.Error("no clock is no error")
	}
	if _, err := New(Options{Services: services, Now: time.Now, Timeout: -1}); err == nil {
		t.Error("a negative timeout is no error")
	}
}
