package signer_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/signer"
)

// What net/http cannot read of an answer it quotes. A service that sends back
// what it was sent puts the token there, whole or in part.
func TestUnreadableAnswersDoNotShowTheToken(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"status line":       "HTTP/1.1 %s OK\r\n\r\n",
		"no HTTP":           "Bearer %s\r\n\r\n",
		"header":            "HTTP/1.1 200 OK\r\nBearer %s\r\n\r\n",
		"length":            "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
		"encoding":          "HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n",
		"redirect":          "HTTP/1.1 307 Away\r\nLocation: http://%s.example.com/\r\n\r\n",
		"redirect nowhere":  "HTTP/1.1 307 Away\r\nLocation: http://[%s\r\n\r\n",
		"after much else":   "HTTP/1.1 " + strings.Repeat("x", 980) + "%s OK\r\n\r\n",
		"more than is read": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100<<10) + "%s\r\n\r\n",
	} {
		for part, cut := range map[string]func(string) string{
			"whole":     func(token string) string { return token },
			"signature": func(token string) string { return token[strings.LastIndexByte(token, '.')+1:] },
		} {
			t.Run(name+"/"+part, func(t *testing.T) {
				t.Parallel()
				token := fakeToken(t, nil)
				f := newFake(t)
				f.before = func(asked signer.Service, w http.ResponseWriter, _ *http.Request) bool {
					if asked != signer.Fulcio {
						return false
					}
					conn, buffered, err := http.NewResponseController(w).Hijack()
					if err != nil {
						t.Error(err)
						return true
					}
					defer conn.Close()
					fmt.Fprintf(buffered, answer, cut(token))
					_ = buffered.Flush()
					return true
				}
				var traced []string
				o := signer.Options{Services: f.serve(t, 2), Trace: func(e signer.Exchange) { traced = append(traced, fmt.Sprint(e.Err)) }}
				_, err := newSigner(t, o).Sign(t.Context(), payload, signer.StaticToken(token))
				if err == nil || len(traced) == 0 {
					t.Fatalf("error %v, trace %q", err, traced)
				}
				for _, text := range append(traced, err.Error()) {
					checkNoToken(t, text, cut(token))
					if len(text) > 1500 {
						t.Errorf("%d bytes: %.100q", len(text), text)
					}
				}
			})
		}
	}
}
