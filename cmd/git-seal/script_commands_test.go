//go:build unix

package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/proto"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/gpg/gpgtest"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer/signertest"
)

// scriptCommands are the words that the scripts have beside testscript's own.
func scriptCommands(t *testing.T, sandbox *signertest.Sandbox) map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	s := &scripts{t: t, sandbox: sandbox, own: make(map[string]*signertest.Sandbox)}
	commands := make(map[string]func(ts *testscript.TestScript, neg bool, args []string))
	for name, c := range map[string]struct {
		args int // at least
		run  func(ts *testscript.TestScript, args []string)
	}{
		"repo":             {1, s.repo},           // repo DIR [FLAG...]: a repository that signs as Alice
		"token":            {2, s.token},          // token EMAIL FILE [KEY=VALUE...]: an ID token
		"jwt":              {1, s.jwt},            // jwt FILE [CLAIM=VALUE...]: a token that no provider has signed
		"exits":            {2, s.exits},          // exits CODE PROGRAM [ARG...]: like exec, and the exit code is this
		"allow-hint":       {0, s.allowHint},      // run the command that the last stderr hints at
		"fingerprints":     {1, s.fingerprints},   // fingerprints REV: the last stdout has the certificate's SHA-1 as %GK, %GF and %GP
		"issuer":           {1, s.issuer},         // issuer REV: set $ISSUER
		"facts":            {1, s.facts},          // facts REV: git seal show --format json
		"strip-evidence":   {2, s.stripEvidence},  // strip-evidence REV TAG: the commit without log entry and timestamp
		"far-future":       {2, s.farFuture},      // far-future REV TAG: the commit with a log entry of a year that no calendar has
		"split":            {3, s.split},          // split REV PAYLOAD SIGNATURE: as git hands them to a verifying program
		"cms-variant":      {3, s.cmsVariant},     // cms-variant HOW SIGNATURE FILE
		"refused":          {2, s.refused},        // refused ERROR HINT: signing fails so, and nothing is lost
		"unknown":          {1, s.unknown},        // unknown ERROR: verifying fails so
		"judged":           {4, s.judged},         // judged CODE SIG FILE STDERR: a signature over $WORK/payload is judged so
		"silent":           {1, s.silent},         // silent NAME: set $NAME to the URL of a service that never answers
		"without-logs":     {2, s.withoutLogs},    // without-logs SIGNINGCONFIG FILE
		"parrot":           {1, s.parrot},         // parrot NAME: set $NAME to the URL of a service that sends back what it was sent
		"asked":            {1, s.asked},          // asked NAME: wait until a request to the service begins
		"env-from-file":    {2, s.envFromFile},    // env-from-file NAME FILE
		"mixed":            {1, s.mixed},          // mixed DIR: a repository with signatures of people and a forge, and their keys under $WORK/keys
		"json-schema":      {1, s.jsonSchema},     // json-schema N: the last stdout is N lines of docs/json.md's schema
		"recipe":           {2, s.recipe},         // recipe HEADING FILE [OLD=NEW...]: the policy of a recipe in docs/policy.md or docs/audit.md
		"recipe-run":       {1, s.recipeRun},      // recipe-run HEADING [OLD=NEW...]: its commands
		"signed-at":        {2, s.signedAt},       // signed-at NAME REV: set $NAME to the proven time, and $NAME_AFTER and $NAME_BEFORE to a second later and earlier
		"vector":           {2, s.vector},         // vector NAME FILE: write an object of ../shared/vectors into the repository, $NAME is its id
		"push-by-hand":     {3, s.pushByHand},     // push-by-hand SERVER CERTIFICATE TOKEN [OLD=NEW...]: sign the text, and send it as push certificate to a server; stderr has the hook's words
		"readme":           {2, s.readme},         // readme TEXT FILE [OLD=NEW...]: the block of shell in README.md that holds the text
		"machine":          {2, s.machine},        // machine PROVIDER EMAIL [FAULT]: the environment of a machine with an identity
		"no-secret":        {0, s.noSecret},       // the last stdout and stderr hold no token
		"environment":      {1, s.environment},    // environment HEADING [OLD=NEW...]: run the lines of docs/signing.md as that environment would
		"instance":         {2, s.instance},       // instance start|stop NAME: a Sigstore of the script's own
		"tuf-issue":        {1, s.tufIssue},       // tuf-issue NAME [KEY=VALUE...]: have the script's own Sigstore publish its TUF repository anew
		"tuf-requests":     {1, s.tufRequests},    // tuf-requests NAME: stdout has the requests to its TUF repository so far
		"mirror-fails":     {3, s.mirrorFails},    // mirror-fails known|all ERROR HINT: a TUF mirror that serves something wrong
		"tuf-asked-before": {1, s.tufAskedBefore}, // tuf-asked-before DURATION: set back when the mirror was last asked
		"keep-trusted":     {2, s.keepTrusted},    // keep-trusted VERSION FILE [checked=DURATION] [expires=DURATION] [root=OTHER]: a store of the public-good instance
		"damage-store":     {2, s.damageStore},    // damage-store FILE HOW: truncated, empty or flipped
		"forbidding":       {2, s.forbidding},     // forbidding NAME URL: set $NAME to the URL of a mirror that says 403 where that one says 404
		"redirecting":      {2, s.redirecting},    // redirecting NAME URL: set $NAME to the URL of a service that redirects there
		"signing-lines":    {3, s.signingLines},   // signing-lines HEADING N THEN [OLD=NEW...]: run the Nth lines of shell there, and THEN
		"fault":            {2, s.fault},          // fault SERVICE KIND [OPTION...]: the instance FAULTY fails so
		"unsigned":         {3, s.unsigned},       // unsigned SERVICE CAUSE HINT: git commit ends in time with one message about it, and nothing is lost
		"github-action":    {1, s.githubAction},   // github-action CODE [PROPERTY=VALUE...]: run docs/ci/action.yml here, and the exit code is this
		"gitlab-job":       {1, s.gitlabJob},      // gitlab-job CODE [NAME=VALUE...]: run the job of docs/ci/gitlab.yml here, and the exit code is this
		"evidence-edit":    {4, s.evidenceEdit},   // evidence-edit IN OUT HOW NAME [TEXT...]: an archive of git seal audit --evidence after one change
		"without-git-seal": {0, s.withoutGitSeal}, // a machine on which go has to install it, out of this repository
		"interrupted":      {1, s.interrupted},    // interrupted SERVICE: Ctrl-C once the service, which hangs, was asked
	} {
		commands[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) < c.args {
				ts.Fatalf("usage: see script_commands_test.go")
			}
			c.run(ts, args)
		}
	}
	return commands
}

type scripts struct {
	t       *testing.T
	sandbox *signertest.Sandbox

	mu  sync.Mutex
	own map[string]*signertest.Sandbox // by script and name

	requested sync.Map // of chan struct{}, by the silent service's URL
}

// instance starts a Sigstore of the script's own, which TRUSTED_ROOT and the
// others with the name in front point at, or stops it.
func (s *scripts) instance(ts *testscript.TestScript, args []string) {
	key := ts.Name() + " " + args[1]
	s.mu.Lock()
	defer s.mu.Unlock()
	switch args[0] {
	case "start":
		own := signertest.StartOwn(s.t)
		s.own[key] = own
		ts.Setenv(args[1]+"_SIGNING_CONFIG", own.SigningConfig())
		ts.Setenv(args[1]+"_SIGNING_CONFIG_V2", own.SigningConfigV2())
		ts.Setenv(args[1]+"_DIR", own.Dir)
		ts.Setenv(args[1]+"_OIDC", own.OIDC)
		ts.Setenv(args[1]+"_TUF", own.TUF)
		tufRoot, err := os.ReadFile(own.TUFRoot())
		ts.Check(err)
		ts.Setenv(args[1]+"_TUF_ROOT", filepath.Join(ts.Getenv("WORK"), args[1]+".root.json"))
		ts.Check(os.WriteFile(ts.Getenv(args[1]+"_TUF_ROOT"), tufRoot, 0o644))
		ts.Setenv("OIDC", own.OIDC)
		root, err := os.ReadFile(own.TrustedRoot())
		ts.Check(err)
		kept := filepath.Join(ts.Getenv("WORK"), args[1]+".trusted_root.json") // its directory goes when it stops
		ts.Check(os.WriteFile(kept, root, 0o644))
		ts.Setenv(args[1]+"_TRUSTED_ROOT", kept)
	case "stop":
		s.own[key].Stop(s.t)
	default:
		ts.Fatalf("instance %s", args[0])
	}
}

// token asks the provider for anybody's ID token.
func (s *scripts) token(ts *testscript.TestScript, args []string) {
	query := url.Values{"email": {args[0]}}
	for _, kv := range args[2:] {
		key, val, _ := strings.Cut(kv, "=")
		query.Set(key, val)
	}
	token, err := s.fetch(ts.Getenv("OIDC"), query)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(token), 0o600))
}

// fetch asks a sandbox's provider for a token.
func (s *scripts) fetch(oidc string, query url.Values) (string, error) {
	resp, err := http.Get(oidc + "/token-for?" + query.Encode())
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	token, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("token for %s: %s: %s", query.Get("email"), resp.Status, token)
	}
	return string(token), err
}

// jwt writes a token as CI systems make them, for the audience sigstore and
// good for a minute. What is refused before anything is sent needs no better.
func (s *scripts) jwt(ts *testscript.TestScript, args []string) {
	claims := map[string]any{"iss": "https://ci.example.com", "sub": "job", "aud": "sigstore", "exp": time.Now().Add(time.Minute).Unix()}
	for _, kv := range args[1:] {
		claim, value, _ := strings.Cut(kv, "=")
		claims[claim] = value
	}
	payload, err := json.Marshal(claims)
	ts.Check(err)
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + "." + encode([]byte("nobody has signed this"))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(token), 0o600))
}

func (s *scripts) repo(ts *testscript.TestScript, args []string) {
	dir := ts.MkAbs(args[0])
	token := ts.Getenv("WORK") + "/alice.token"
	s.token(ts, []string{"alice@example.com", token})
	ts.Check(ts.Exec("git", append([]string{"init", dir}, args[1:]...)...))
	ts.Check(ts.Exec("git", "-C", dir, "seal", "init",
		"--trusted-root", ts.Getenv("TRUSTED_ROOT"), "--signing-config", ts.Getenv("SIGNING_CONFIG"), "--token-file", token))
}

// exits is exec with an exit code.
func (s *scripts) exits(ts *testscript.TestScript, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitCodeOf(ts, args[1], args[2:]...); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func exitCodeOf(ts *testscript.TestScript, program string, args ...string) int {
	err := ts.Exec(program, args...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}

// want holds text to a regular expression.
func want(ts *testscript.TestScript, what, text, pattern string) {
	if !regexp.MustCompile(`(?m)` + pattern).MatchString(text) {
		ts.Fatalf("%s does not match %q:\n%s", what, pattern, text)
	}
}

func (s *scripts) allowHint(ts *testscript.TestScript, _ []string) {
	m := regexp.MustCompile(`hint: to allow this signer, run: git (.*)`).FindStringSubmatch(ts.ReadFile("stderr"))
	if m == nil {
		ts.Fatalf("stderr hints at no command")
	}
	ts.Check(ts.Exec("git", append(strings.Fields(m[1]), "--yes")...))
}

func (s *scripts) fingerprints(ts *testscript.TestScript, args []string) {
	lines := ts.ReadFile("stdout")
	_, signature := object(ts, args[0])
	signed, err := cms.ParsePEM(signature)
	ts.Check(err)
	sum := sha1.Sum(signed.Certificate.Raw)
	fpr := strings.ToUpper(hex.EncodeToString(sum[:]))
	want(ts, "stdout", lines, `\|`+fpr+`\|`+fpr+`\|`+fpr+`$`)
}

func (s *scripts) issuer(ts *testscript.TestScript, args []string) {
	s.facts(ts, args)
	m := regexp.MustCompile(`"issuer":"([^"]+)"`).FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("no issuer")
	}
	ts.Setenv("ISSUER", m[1])
}

func (s *scripts) facts(ts *testscript.TestScript, args []string) {
	ts.Check(ts.Exec("git", "seal", "show", "--format", "json", args[0]))
}

// object reads a commit as git stores it, in payload and signature.
func object(ts *testscript.TestScript, rev string) (payload, signature []byte) {
	ts.Check(ts.Exec("git", "cat-file", "commit", rev))
	o, err := git.ParseObject(git.SHA1, git.Commit, []byte(ts.ReadFile("stdout")))
	ts.Check(err)
	return o.Payload(), o.Signature()
}

func (s *scripts) split(ts *testscript.TestScript, args []string) {
	payload, signature := object(ts, args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), payload, 0o644))
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), signature, 0o644))
}

func (s *scripts) stripEvidence(ts *testscript.TestScript, args []string) {
	payload, signature := object(ts, args[0])
	signed, err := cms.ParsePEM(signature)
	ts.Check(err)
	der, err := cms.Marshal(cms.Parts{
		Certificate: signed.Certificate, SignedAttrs: signed.SignerInfo.SignedAttrs, Signature: signed.SignerInfo.Signature,
	})
	ts.Check(err)
	tagSigned(ts, payload, cms.EncodePEM(der), args[1])
}

// tagSigned stores a commit and tags it.
func tagSigned(ts *testscript.TestScript, payload, signature []byte, tag string) {
	head, message, _ := strings.Cut(string(payload), "\n\n")
	folded := strings.ReplaceAll(strings.TrimSuffix(string(signature), "\n"), "\n", "\n ")
	raw := filepath.Join(ts.Getenv("WORK"), "signed-by-hand")
	ts.Check(os.WriteFile(raw, []byte(head+"\ngpgsig "+folded+"\n\n"+message), 0o644))
	ts.Check(ts.Exec("git", "hash-object", "-t", "commit", "-w", raw))
	ts.Check(ts.Exec("git", "tag", tag, strings.TrimSpace(ts.ReadFile("stdout"))))
}

// farFuture changes the log entry's time to one that neither Go nor JSON has
// words for.
func (s *scripts) farFuture(ts *testscript.TestScript, args []string) {
	payload, signature := object(ts, args[0])
	signed, err := cms.ParsePEM(signature)
	ts.Check(err)
	entry := new(rekorv1.TransparencyLogEntry)
	ts.Check(proto.Unmarshal(signed.SignerInfo.LogEntry, entry))
	entry.IntegratedTime = 1 << 62
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(entry)
	ts.Check(err)
	block, _ := pem.Decode(signature)
	tagSigned(ts, payload, cms.EncodePEM(replaceDER(ts, block.Bytes, signed.SignerInfo.LogEntry, raw)), args[1])
}

// replaceDER returns DER values in which the primitive ones that hold old hold
// replacement, with the lengths around them set right.
func replaceDER(ts *testscript.TestScript, der, old, replacement []byte) []byte {
	var out []byte
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		ts.Check(err)
		if v.FullBytes = nil; v.IsCompound {
			v.Bytes = replaceDER(ts, v.Bytes, old, replacement)
		} else if bytes.Equal(v.Bytes, old) {
			v.Bytes = replacement
		}
		text, err := asn1.Marshal(v)
		ts.Check(err)
		out, der = append(out, text...), rest
	}
	return out
}

// cmsVariant breaks a good signature in one way.
func (s *scripts) cmsVariant(ts *testscript.TestScript, args []string) {
	block, _ := pem.Decode([]byte(ts.ReadFile(args[1])))
	if block == nil {
		ts.Fatalf("%s: no PEM", args[1])
	}
	der := block.Bytes
	var info struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	var signed struct {
		Version      int
		Digests      asn1.RawValue
		Content      asn1.RawValue
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		SignerInfos  asn1.RawValue
	}
	_, err := asn1.Unmarshal(der, &info)
	ts.Check(err)
	_, err = asn1.Unmarshal(info.Content.Bytes, &signed)
	ts.Check(err)
	set := signed.SignerInfos.Bytes
	switch args[0] {
	case "trailing-bytes":
		der = append(der, 0, 0)
	case "no-certificate":
		der = encode(ts, info.Type, signed.Version, signed.Digests, signed.Content, set)
	case "two-signers":
		der = encode(ts, info.Type, signed.Version, signed.Digests, signed.Content, append(set[:len(set):len(set)], set...), signed.Certificates)
	default:
		ts.Fatalf("unknown variant %q", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), cms.EncodePEM(der), 0o644))
}

// encode writes a ContentInfo from its parts.
func encode(ts *testscript.TestScript, typ asn1.ObjectIdentifier, version int, digests, content asn1.RawValue, signers []byte, certificates ...asn1.RawValue) []byte {
	marshal := func(v any) []byte {
		b, err := asn1.Marshal(v)
		ts.Check(err)
		return b
	}
	body := append(marshal(version), digests.FullBytes...)
	body = append(body, content.FullBytes...)
	for _, c := range certificates {
		body = append(body, c.FullBytes...)
	}
	body = append(body, marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: signers})...)
	data := marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: body})
	return marshal(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{typ, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: data}})
}

// refused signs as git does, expects the error and the hint, and that git's own
// commit leaves everything as it was.
func (s *scripts) refused(ts *testscript.TestScript, args []string) {
	state := func() string {
		_ = ts.Exec("git", "rev-parse", "--verify", "--quiet", "HEAD")
		head := ts.ReadFile("stdout")
		ts.Check(ts.Exec("git", "write-tree"))
		return head + ts.ReadFile("stdout")
	}
	before := state()
	if code := exitCodeOf(ts, "sh", "-c", "printf payload | git-seal --status-fd=2 -bsau key"); code != host.ExitNotGood {
		ts.Fatalf("exit code %d, want %d", code, host.ExitNotGood)
	}
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	want(ts, "stderr", stderr, `^git-seal: error: .*(`+args[0]+`)`)
	want(ts, "stderr", stderr, `^git-seal: hint: .*(`+args[1]+`)`)
	if stdout != "" || strings.Contains(stderr, "SIG_CREATED") {
		ts.Fatalf("something was signed: %q", stdout)
	}
	s.noSecret(ts, nil)
	ts.Check(ts.Exec("git", "seal", "why"))
	s.noSecret(ts, nil)
	explained := ts.ReadFile("stdout")
	want(ts, "git seal why", explained, `^    error: .*(`+args[0]+`)`)
	want(ts, "git seal why", explained, `^    hint: .*(`+args[1]+`)`)
	if strings.Contains(explained, "("+string(why.Unexplained)+")") {
		ts.Fatalf("git seal why has no explanation:\n%s", explained)
	}
	if code := exitCodeOf(ts, "git", "commit", "-S", "-m", "refused"); code != 128 {
		ts.Fatalf("git commit: exit code %d", code)
	}
	if after := state(); after != before {
		ts.Fatalf("HEAD and index were %q, are %q", before, after)
	}
}

// unknown expects that a verdict cannot be told, in git's words too.
func (s *scripts) unknown(ts *testscript.TestScript, args []string) {
	if code := exitCodeOf(ts, "git", "seal", "verify"); code != host.ExitUnknown {
		ts.Fatalf("git seal verify: exit code %d, want %d", code, host.ExitUnknown)
	}
	want(ts, "stderr", ts.ReadFile("stderr"), `^git-seal: error: .*(`+args[0]+`)`)
	if code := exitCodeOf(ts, "git", "verify-commit", "--raw", "HEAD"); code == 0 {
		ts.Fatalf("git verify-commit is content")
	}
	if err := gpgtest.CheckStatus(statusLines(ts.ReadFile("stderr"))); err != nil {
		ts.Fatalf("status: %v", err)
	}
	ts.Check(ts.Exec("git", "log", "-1", "--format=%G?"))
	want(ts, "%G?", ts.ReadFile("stdout"), `^E$`)
}

// judged verifies a signature over $WORK/payload as git does.
func (s *scripts) judged(ts *testscript.TestScript, args []string) {
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := exitCodeOf(ts, "sh", "-c", `git-seal --status-fd=1 --verify "$1" - <"$WORK/payload"`, "sh", args[2])
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	if got != code {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, code, stdout, stderr)
	}
	if err := gpgtest.CheckStatus(stdout); err != nil {
		ts.Fatalf("status: %v\n%s", err, stdout)
	}
	want(ts, "status", stdout, `^\[GNUPG:\] `+args[1]+` `)
	want(ts, "stderr", stderr, `^git-seal: (error: .*)?`+args[3])
}

// statusLines are the lines for git among others.
func statusLines(text string) string {
	var b strings.Builder
	for _, line := range strings.SplitAfter(text, "\n") {
		if strings.HasPrefix(line, "[GNUPG:] ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// silent starts a service that takes requests and says nothing.
func (s *scripts) silent(ts *testscript.TestScript, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	address := fmt.Sprintf("http://%s", l.Addr())
	requested := make(chan struct{})
	begins := sync.OnceFunc(func() { close(requested) })
	s.requested.Store(address, requested)
	ts.Setenv(args[0], address)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				// Connections are opened ahead of their requests.
				if _, err := c.Read(make([]byte, 1)); err == nil {
					begins()
					_, _ = io.Copy(io.Discard, c)
				}
			}()
		}
	}()
}

// parrot starts a service that answers with the head of its request as the head
// of its answer: what cannot be read of that, errors quote.
func (s *scripts) parrot(ts *testscript.TestScript, args []string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintf(buffered, "HTTP/1.1 200 OK\r\n%s\r\n\r\n", r.Header.Get("Authorization"))
		_ = buffered.Flush()
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

func (s *scripts) asked(ts *testscript.TestScript, args []string) {
	requested, ok := s.requested.Load(ts.Getenv(args[0]))
	if !ok {
		ts.Fatalf("no silent service %s", args[0])
	}
	<-requested.(chan struct{})
}

func (s *scripts) withoutLogs(ts *testscript.TestScript, args []string) {
	var config map[string]json.RawMessage
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &config))
	delete(config, "rekorTlogUrls")
	delete(config, "tlogs")
	delete(config, "rekorTlogConfig")
	text, err := json.Marshal(config)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o644))
}

func (s *scripts) envFromFile(ts *testscript.TestScript, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}
