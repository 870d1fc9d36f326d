package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/login"
	"github.com/git-seal/git-seal/signer/provider"
)

// TestEveryReasonIsExplained: each kind of failure has its explanation, and
// each explanation is that of a kind which something fails with.
func TestEveryReasonIsExplained(t *testing.T) {
	t.Parallel()
	declared := make(map[string]host.Reason) // by the constant's name
	used := make(map[string]bool)
	for _, f := range goFiles(t) {
		if !strings.HasPrefix(f.dir, "cmd/git-seal") || f.isTest() {
			continue
		}
		for _, d := range f.syntax.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if typ, ok := v.Type.(*ast.SelectorExpr); ok && typ.Sel.Name == "Reason" {
					text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					declared[v.Names[0].Name] = host.Reason(text)
				}
			}
		}
		if f.name == "cmd/git-seal/internal/why/texts.go" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && spec.Type != nil {
				return false // its declaration is no use
			}
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "why" {
					used[n.Sel.Name] = true
				}
			case *ast.Ident:
				if f.dir == "cmd/git-seal/internal/why" {
					used[n.Name] = true
				}
			}
			return true
		})
	}
	words := make(map[host.Reason]string)
	for name, r := range declared {
		if other, twice := words[r]; twice {
			t.Errorf("%s and %s are both %q", name, other, r)
		}
		words[r] = name
		e, ok := why.Explanations[r]
		if !ok || e.What == "" || len(e.Try) == 0 {
			t.Errorf("%s (%q) has no explanation", name, r)
		}
		if !used[name] {
			t.Errorf("nothing fails with %s", name)
		}
		for _, text := range append([]string{e.What}, e.Try...) {
			if !strings.HasSuffix(text, ".") || host.Message(text) != text || strings.Count(text, "`")%2 != 0 {
				t.Errorf("%s: no sentence: %q", name, text)
			}
		}
	}
	for r := range why.Explanations {
		if words[r] == "" {
			t.Errorf("%q explains nothing", r)
		}
	}
}

// TestReasonFor: errors of the packages get their kind from their type.
func TestReasonFor(t *testing.T) {
	t.Parallel()
	service := func(s signer.Service, status int, err error) error {
		return fmt.Errorf("with more around it: %w", &signer.ServiceError{Service: s, URL: "https://example.com", Status: status, Err: err})
	}
	says := errors.New("what it says")
	for _, tc := range []struct {
		name string
		err  error
		want host.Reason
	}{
		{"anything", says, why.Unexplained},
		{"stopped", context.Canceled, why.Interrupted},
		{"another user's repository", fmt.Errorf("open: %w", git.ErrUnsafeRepository), why.UnsafeRepository},
		{"stopped while a service works", service(signer.Rekor, 0, context.Canceled), why.Interrupted},
		{"no answer", service(signer.Rekor, 0, context.DeadlineExceeded), why.ServiceTimeout},
		{"no answer to the end", service(signer.Rekor, 200, context.DeadlineExceeded), why.ServiceTimeout},
		{"no such host", service(signer.Fulcio, 0, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x"}}), why.ServiceName},
		{"nobody listens", service(signer.Fulcio, 0, &net.OpError{Op: "dial", Err: os.ErrPermission}), why.ServiceUnreachable},
		{"hung up", service(signer.Fulcio, 0, errors.New("EOF")), why.ServiceUnreachable},
		{"cut off", service(signer.Rekor, 200, io.ErrUnexpectedEOF), why.ServiceUnreachable},
		{"known to the log", service(signer.Rekor, 409, says), why.ServiceTaken},
		{"an unknown authority", service(signer.Fulcio, 0, &tls.CertificateVerificationError{Err: says}), why.ServiceUntrusted},
		{"no TLS", service(signer.Fulcio, 0, tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), why.ServiceUntrusted},
		{"a token in the clear", service(signer.Fulcio, 0, signer.CleartextError("the token would be sent unencrypted")), why.ServiceCleartext},
		{"a redirect", service(signer.Fulcio, 0, signer.RedirectError("redirects to http://example.com: refused")), why.ServiceRedirect},
		{"the token refused", service(signer.Fulcio, 401, says), why.ServiceIdentity},
		{"the token's issuer refused", service(signer.Fulcio, 400, says), why.ServiceIdentity},
		{"too many", service(signer.Fulcio, 429, says), why.ServiceBusy},
		{"refused", service(signer.Rekor, 400, says), why.ServiceRefused},
		{"no token from a machine's service", service(provider.ServiceGoogle, 404, says), why.TokenProvider},
		{"none from a provider of logins", service(login.OpenIDProvider, 400, says), why.TokenProvider},
		{"a page of something else than a provider", service(login.OpenIDProvider, 200, says), why.LoginAnswer},
		{"failed", service(signer.TimestampAuthority, 503, says), why.ServiceFailed},
		{"another thing", service(signer.TimestampAuthority, 200, says), why.ServiceAnswer},
		{"moved", service(signer.TimestampAuthority, 304, says), why.ServiceAnswer},
	} {
		if got := why.ReasonFor(tc.err); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	for _, tc := range []struct {
		problem login.Problem
		want    host.Reason
	}{
		{login.Denied, why.LoginDenied}, {login.TimedOut, why.LoginTimeout}, {login.Canceled, why.Interrupted},
		{login.PortInUse, why.LoginPort}, {login.NoBrowser, why.LoginBrowser}, {login.NoDevice, why.LoginDevice},
		{login.NotShown, why.LoginDevice}, {login.Refused, why.LoginRefused},
		{login.BadAddress, why.LoginAnswer}, {login.BadAnswer, why.LoginAnswer}, {login.BadToken, why.LoginAnswer},
	} {
		if got := why.ReasonFor(&login.Error{Problem: tc.problem}); got != tc.want {
			t.Errorf("login %s: %s, want %s", tc.problem, got, tc.want)
		}
	}
	for _, p := range []signer.TokenProblem{
		signer.TokenMissing, signer.TokenUnreadable, signer.TokenMalformed, signer.TokenExpired,
		signer.TokenNotYetValid, signer.TokenAudience, signer.TokenIssuer, signer.TokenUnverified,
	} {
		if got := why.ReasonFor(&signer.TokenError{Reason: p}); !strings.HasPrefix(string(got), "token-") {
			t.Errorf("token %s: %s", p, got)
		}
	}
}

// TestBecauseKeepsTheNearestReason: a step names what has no name yet.
func TestBecauseKeepsTheNearestReason(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		err  error
		want host.Reason
	}{
		{"a plain error", errors.New("plain"), why.Git},
		{"a failure without a name", host.Fail(host.ExitNotGood, "plain"), why.Git},
		{"a failure with one", host.Fail(host.ExitNotGood, "plain").Because(why.Setting), why.Setting},
		{"an error of a type", &signer.TokenError{Reason: signer.TokenExpired}, why.TokenExpired},
	} {
		var f *host.Failure
		if err := why.Because(why.Git, tc.err); !errors.As(err, &f) || f.Reason != tc.want || f.Err == nil {
			t.Errorf("%s: %+v, want %s", tc.name, f, tc.want)
		}
	}
	if err := why.Because(why.Git, nil); err != nil {
		t.Errorf("no error: %v", err)
	}
}

func TestParagraph(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	out := host.NewOutput(&b)
	why.Paragraph(out, "  - ", "A line of forty characters, and a little. `a command that stays on its line` and more behind it.")
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"  - A line of forty characters, and a little. `a command that stays on its line`",
		"    and more behind it.",
	}
	if got := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
