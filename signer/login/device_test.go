package login

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// inMemory answers requests without a network, so that a test's clock is its
// own.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err // an answer that nobody waits for
	}
	return w.Result(), nil
}

// devices is a provider with a device flow. Its token endpoint gives each of
// the answers in turn, and then the token.
type devices struct {
	*fakeProvider
	grant   map[string]any // goes over the answer to the request for a code
	answers []string       // error codes, "hang", "busy" or "down"
	forever string         // the answer when those have been given; "" for the token
	asked   []time.Duration
}

func newDevices(answers ...string) *devices {
	f := &fakeProvider{issuer: "https://provider.example.com", key: newKey(0), mux: make(map[string]http.HandlerFunc)}
	f.claims = map[string]any{"nonce": nil}
	d := &devices{fakeProvider: f, answers: answers}
	var start time.Time
	f.mux["/device/code"] = func(w http.ResponseWriter, r *http.Request) {
		start, f.started = time.Now(), r.FormValue("code_challenge")
		if r.FormValue("client_id") != "sigstore" || r.FormValue("scope") != "openid email" || r.FormValue("code_challenge_method") != "S256" {
			answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
			return
		}
		grant := map[string]any{
			"device_code": "right", "user_code": "ABCD-EFGH", "verification_uri": f.issuer + "/device",
			"verification_uri_complete": f.issuer + "/device?user_code=ABCD-EFGH", "expires_in": 200,
		}
		for name, v := range d.grant {
			grant[name] = v
		}
		answer(w, http.StatusOK, grant)
	}
	f.mux["/token"] = func(w http.ResponseWriter, r *http.Request) {
		d.asked = append(d.asked, time.Since(start))
		if r.FormValue("grant_type") != "urn:ietf:params:oauth:grant-type:device_code" {
			answer(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
			return
		}
		next := d.forever
		if len(d.answers) > 0 {
			next, d.answers = d.answers[0], d.answers[1:]
		}
		switch next {
		case "":
			f.token(w, r)
		case "hang":
			<-r.Context().Done()
		case "busy":
			w.WriteHeader(http.StatusTooManyRequests)
		case "down":
			w.WriteHeader(http.StatusBadGateway)
		default:
			answer(w, http.StatusBadRequest, map[string]string{"error": next})
		}
	}
	return d
}

// run logs in with a clock that jumps ahead whenever all wait.
func (d *devices) run(ctx context.Context, change func(*Device)) (string, DeviceCode, error) {
	var shown DeviceCode
	device := &Device{Provider: d.provider(), Show: func(c DeviceCode) error { shown = c; return nil }}
	device.Transport = inMemory{d}
	if change != nil {
		change(device)
	}
	token, err := device.Token(ctx)
	return token, shown, err
}

// The pauses between polls are those of RFC 8628 §3.5.
func TestDevicePolls(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		answers []string
		grant   map[string]any
		asked   []int // seconds after the code was shown
	}{
		{"at once", nil, nil, []int{5}},
		{"pending", []string{"authorization_pending", "authorization_pending"}, nil, []int{5, 10, 15}},
		{"interval", []string{"authorization_pending"}, map[string]any{"interval": 7}, []int{7, 14}},
		{"slow_down", []string{"slow_down", "authorization_pending", "slow_down"}, map[string]any{"interval": 1}, []int{1, 7, 13, 24}},
		{"a lost answer", []string{"hang", "authorization_pending"}, nil, []int{5, 25, 35}}, // 10 s to time out, then twice the pause
		{"a server that is down", []string{"down", "down"}, nil, []int{5, 15, 35}},
		{"a server that is busy", []string{"busy"}, nil, []int{5, 15}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDevices(tt.answers...)
				d.grant = tt.grant
				token, shown, err := d.run(t.Context(), nil)
				if err != nil || strings.Count(token, ".") != 2 {
					t.Fatalf("%q, %v", token, err)
				}
				var asked []int
				for _, at := range d.asked {
					asked = append(asked, int(at/time.Second))
				}
				if !slices.Equal(asked, tt.asked) {
					t.Errorf("polled at %v, want %v", asked, tt.asked)
				}
				if shown.UserCode != "ABCD-EFGH" || shown.URL != d.issuer+"/device" || shown.CompleteURL == "" || shown.Expires.IsZero() {
					t.Errorf("shown: %+v", shown)
				}
			})
		})
	}
}

func TestDeviceFails(t *testing.T) {
	t.Parallel()
	const lost = "lost" // stands for a *signer.ServiceError
	for _, tt := range []struct {
		name    string
		spoil   func(d *devices)
		problem Problem
		says    string
	}{
		{"denied", func(d *devices) { d.answers = []string{"authorization_pending", "access_denied"} }, Denied, "denied at the provider"},
		{"expired there", func(d *devices) { d.answers = []string{"expired_token"} }, TimedOut, "no one entered the code before it expired"},
		{"expired here", func(d *devices) { d.forever = "authorization_pending" }, TimedOut, "no one entered the code before it expired"},
		{"valid for longer than anybody waits", func(d *devices) {
			d.forever, d.grant = "authorization_pending", map[string]any{"expires_in": 86400}
		}, TimedOut, "no one entered the code within 5m0s"},
		{"refused", func(d *devices) { d.answers = []string{"invalid_grant"} }, Refused, "invalid_grant"},
		{"no answer, for long", func(d *devices) {
			d.answers, d.grant = []string{"down", "down", "down", "down", "down"}, map[string]any{"expires_in": 3600}
		}, lost, "HTTP 502"},
		{"no device flow", func(d *devices) {
			d.mux["/.well-known/openid-configuration"] = func(w http.ResponseWriter, _ *http.Request) {
				doc := d.document()
				delete(doc, "device_authorization_endpoint")
				answer(w, http.StatusOK, doc)
			}
		}, NoDevice, "no login with a code"},
		{"no code", func(d *devices) { d.grant = map[string]any{"user_code": ""} }, BadAnswer, "no code"},
		{"no address", func(d *devices) { d.grant = map[string]any{"verification_uri": ""} }, BadAnswer, "address for entering the code"},
		{"an address in the clear", func(d *devices) { d.grant = map[string]any{"verification_uri": "http://example.com/"} }, BadAnswer, "only for this machine"},
		{"a complete address that is a script", func(d *devices) { d.grant = map[string]any{"verification_uri_complete": "javascript:x"} }, BadAnswer, "address for entering the code"},
		{"a code that moves the cursor", func(d *devices) { d.grant = map[string]any{"user_code": "\x1b[2J"} }, BadAnswer, "not safe to show on a terminal"},
		{"an address of another script", func(d *devices) { d.grant = map[string]any{"verification_uri": "https://exаmple.com/"} }, BadAnswer, "not safe to show on a terminal"},
		{"polls without a pause", func(d *devices) { d.grant = map[string]any{"interval": -1} }, BadAnswer, "wants -1 s between"},
		{"a pause that overflows", func(d *devices) { d.grant = map[string]any{"interval": int64(1) << 60} }, BadAnswer, "between requests"},
		{"token of another", func(d *devices) { d.claims["aud"] = "other" }, BadToken, "audience"},
		{"the request refused", func(d *devices) {
			d.mux["/device/code"] = func(w http.ResponseWriter, _ *http.Request) {
				answer(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized_client"})
			}
		}, Refused, "unauthorized_client"},
		{"the request is a page", func(d *devices) {
			d.mux["/device/code"] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }
		}, lost, "answer: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDevices()
				tt.spoil(d)
				token, shown, err := d.run(t.Context(), nil)
				if token != "" || err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Fatalf("%q, %v", token, err)
				}
				var service *signer.ServiceError
				var login *Error
				if tt.problem == lost && !errors.As(err, &service) || tt.problem != lost && (!errors.As(err, &login) || login.Problem != tt.problem) {
					t.Errorf("%T: %v", err, err)
				}
				if tt.problem == BadAnswer && shown.UserCode != "" {
					t.Errorf("shown: %+v", shown)
				}
			})
		})
	}
}

func TestDeviceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		d := newDevices()
		d.forever = "authorization_pending"
		start := time.Now()
		_, _, err := d.run(ctx, func(device *Device) {
			device.Show = func(DeviceCode) error { time.AfterFunc(12*time.Second, cancel); return nil }
		})
		if !errors.Is(err, context.Canceled) || time.Since(start) != 12*time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

func TestDeviceCodeThatNobodySees(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDevices()
		gone := errors.New("the terminal has gone")
		_, _, err := d.run(t.Context(), func(device *Device) { device.Show = func(DeviceCode) error { return gone } })
		var login *Error
		if !errors.Is(err, gone) || !errors.As(err, &login) || login.Problem != NotShown || len(d.asked) != 0 {
			t.Errorf("%v; polled %d times", err, len(d.asked))
		}
	})
}
