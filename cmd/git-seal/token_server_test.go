//go:build unix

package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

// providerSecret is what jobs ask for tokens with.
const providerSecret = "the-secret-that-the-job-has-to-ask-with"

// tokenServer hands out the sandbox's tokens in the words of CI systems and of
// Google's metadata server: on loopback, what they are on theirs. A fault is
// how it fails instead.
type tokenServer struct {
	mint  func(audience string) (string, error)
	fault string
}

func (p *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch p.fault {
	case "hang":
		<-r.Context().Done()
		return
	case "redirect":
		http.Redirect(w, r, "http://elsewhere.example.com/", http.StatusTemporaryRedirect)
		return
	case "refuse":
		http.Error(w, `{"message":"not for `+r.Header.Get("Authorization")+`"}`, http.StatusForbidden)
		return
	case "garbage":
		_, _ = io.WriteString(w, "<html>log in to the hotel's network</html>")
		return
	}
	google := r.Header.Get("Metadata-Flavor") == "Google"
	var asked struct{ Audience string }
	_ = json.Unmarshal(body, &asked)
	query := r.URL.Query()
	switch authorization := r.Header.Get("Authorization"); {
	case r.URL.Path == "/idtoken" && authorization == "Bearer "+providerSecret:
		p.answer(w, query.Get("audience"), `{"count":7,"value":%q}`)
	case r.URL.Path == "/v3/jobs/job-7/oidc/tokens" && r.Method == http.MethodPost && authorization == "Token "+providerSecret:
		p.answer(w, asked.Audience, `{"token":%q}`)
	case r.URL.Path == "/_apis/oidctoken" && r.Method == http.MethodPost && query.Get("api-version") != "" && authorization == "Bearer "+providerSecret:
		p.answer(w, "sigstore", `{"oidcToken":%q}`)
	case strings.HasSuffix(r.URL.Path, "/service-accounts/default/identity") && google && query.Get("format") == "full":
		w.Header().Set("Metadata-Flavor", "Google")
		p.answer(w, query.Get("audience"), "%s")
	case r.URL.Path == "/SpiffeWorkloadAPI/FetchJWTSVID" && r.ProtoMajor == 2 && r.Header.Get("Workload.spiffe.io") == "true":
		p.answerGRPC(w, body)
	default:
		http.Error(w, r.Method+" "+r.URL.Path, http.StatusNotFound)
	}
}

func (p *tokenServer) answer(w http.ResponseWriter, audience, form string) {
	if p.fault == "audience" {
		audience = "somebody-else"
	}
	token, err := p.mint(audience)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, form, token)
}

// answerGRPC is the Workload API's one call; package provider holds it against
// gRPC's own server.
func (p *tokenServer) answerGRPC(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status, Grpc-Message")
	_, _, n := protowire.ConsumeTag(body[5:])
	audience, _ := protowire.ConsumeString(body[5+n:])
	token, err := p.mint(audience)
	if err != nil {
		w.Header().Set("Grpc-Status", "14")
		w.Header().Set("Grpc-Message", url.PathEscape(err.Error()))
		return
	}
	svid := protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), token)
	message := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), svid)
	_, _ = w.Write(append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...))
	w.Header().Set("Grpc-Status", "0")
}

// provider starts a token server for the script and returns its URL.
func (s *scripts) provider(ts *testscript.TestScript, email, fault string) string {
	server := httptest.NewServer(s.tokenServer(ts, email, fault))
	ts.Defer(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

func (s *scripts) tokenServer(ts *testscript.TestScript, email, fault string) *tokenServer {
	oidc := ts.Getenv("OIDC")
	return &tokenServer{fault: fault, mint: func(audience string) (string, error) {
		return s.fetch(oidc, url.Values{"email": {email}, "audience": {audience}})
	}}
}

// providerVariables are what jobs of a CI system have in their environment.
func (s *scripts) providerVariables(ts *testscript.TestScript, name, email, fault string) map[string]string {
	switch name {
	case settings.TokenGitHubActions:
		return map[string]string{
			"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_SERVER_URL": "https://github.com",
			"ACTIONS_ID_TOKEN_REQUEST_URL":   s.provider(ts, email, fault) + "/idtoken?api-version=2.0",
			"ACTIONS_ID_TOKEN_REQUEST_TOKEN": providerSecret,
		}
	case settings.TokenBuildkite:
		return map[string]string{
			"BUILDKITE": "true", "CI": "true", "BUILDKITE_JOB_ID": "job-7",
			"BUILDKITE_AGENT_ENDPOINT": s.provider(ts, email, fault) + "/v3", "BUILDKITE_AGENT_ACCESS_TOKEN": providerSecret,
		}
	case settings.TokenGoogle:
		return map[string]string{"GCE_METADATA_HOST": strings.TrimPrefix(s.provider(ts, email, fault), "http://")}
	case settings.TokenSPIFFE:
		return map[string]string{"SPIFFE_ENDPOINT_SOCKET": "unix://" + s.agent(ts, email, fault)}
	}
	ts.Fatalf("provider %s", name)
	return nil
}

// agent starts a SPIFFE agent and returns its socket's path, which has to be
// short.
func (s *scripts) agent(ts *testscript.TestScript, email, fault string) string {
	dir, err := os.MkdirTemp("", "spiffe-")
	ts.Check(err)
	socket := filepath.Join(dir, "api.sock")
	l, err := net.Listen("unix", socket)
	ts.Check(err)
	server := &http.Server{Handler: s.tokenServer(ts, email, fault), Protocols: new(http.Protocols)}
	server.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = server.Serve(l) }()
	ts.Defer(func() {
		server.Close()
		os.RemoveAll(dir)
	})
	return socket
}

// machine makes the script's environment that of a machine with an identity.
func (s *scripts) machine(ts *testscript.TestScript, args []string) {
	fault := ""
	if len(args) > 2 {
		fault = args[2]
	}
	for name, value := range s.providerVariables(ts, args[0], args[1], fault) {
		ts.Setenv(name, value)
	}
}

// noSecret holds the last stdout and stderr to hold neither a token nor what
// tokens are asked for with.
func (s *scripts) noSecret(ts *testscript.TestScript, _ []string) {
	for _, stream := range []string{"stdout", "stderr"} {
		if text := ts.ReadFile(stream); strings.Contains(text, "eyJ") || strings.Contains(text, providerSecret[:16]) {
			ts.Fatalf("%s holds a secret:\n%s", stream, text)
		}
	}
}
