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
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/login"
	"github.com/git-seal/git-seal/signer/provider"
)

// TestEveryReasonIsExplained: each kind of failure has its explanation, and
// each explanation is that of a kind which something fails with.
func TestEveryReasonIsExplained(t *testing.T) {
	t.Parallel()
	declared := make(map[string]reason) // by the constant's name
	used := make(map[string]bool)
	for _, f := range goFiles(t) {
		if f.dir != "cmd/git-seal" || f.isTest() {
			continue
		}
		for _, d := range f.syntax.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if typ, ok := v.Type.(*ast.Ident); ok && typ.Name == "reason" {
					text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					declared[v.Names[0].Name] = reason(text)
				}
			}
		}
		if filepath.Base(f.name) == "why_texts.go" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && spec.Type != nil {
				return false // its declaration is no use
			}
			if id, ok := n.(*ast.Ident); ok {
				used[id.Name] = true
			}
			return true
		})
	}
	words := make(map[reason]string)
	for name, r := range declared {
		if other, twice := words[r]; twice {
			t.Errorf("%s and %s are both %q", name, other, r)
		}
		words[r] = name
		e, ok := explanations[r]
		if !ok || e.What == "" || len(e.Try) == 0 {
			t.Errorf("%s (%q) has no explanation", name, r)
		}
		if !used[name] {
			t.Errorf("nothing fails with %s", name)
		}
		for _, text := range append([]string{e.What}, e.Try...) {
			if !strings.HasSuffix(text, ".") || message(text) != text || strings.Count(text, "`")%2 != 0 {
				t.Errorf("%s: no sentence: %q", name, text)
			}
		}
	}
	for r := range explanations {
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
		want reason
	}{
		{"anything", says, whyUnexplained},
		{"stopped", context.Canceled, whyInterrupted},
		{"another user's repository", fmt.Errorf("open: %w", git.ErrUnsafeRepository), whyUnsafeRepository},
		{"stopped while a service works", service(signer.Rekor, 0, context.Canceled), whyInterrupted},
		{"no answer", service(signer.Rekor, 0, context.DeadlineExceeded), whyServiceTimeout},
		{"no answer to the end", service(signer.Rekor, 200, context.DeadlineExceeded), whyServiceTimeout},
		{"no such host", service(signer.Fulcio, 0, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x"}}), whyServiceName},
		{"nobody listens", service(signer.Fulcio, 0, &net.OpError{Op: "dial", Err: os.ErrPermission}), whyServiceUnreachable},
		{"hung up", service(signer.Fulcio, 0, errors.New("EOF")), whyServiceUnreachable},
		{"cut off", service(signer.Rekor, 200, io.ErrUnexpectedEOF), whyServiceUnreachable},
		{"known to the log", service(signer.Rekor, 409, says), whyServiceTaken},
		{"an unknown authority", service(signer.Fulcio, 0, &tls.CertificateVerificationError{Err: says}), whyServiceUntrusted},
		{"no TLS", service(signer.Fulcio, 0, tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), whyServiceUntrusted},
		{"a token in the clear", service(signer.Fulcio, 0, signer.CleartextError("the token would travel in the clear")), whyServiceCleartext},
		{"a redirect", service(signer.Fulcio, 0, signer.RedirectError("redirects to http://example.com: refused")), whyServiceRedirect},
		{"the token refused", service(signer.Fulcio, 401, says), whyServiceIdentity},
		{"the token's issuer refused", service(signer.Fulcio, 400, says), whyServiceIdentity},
		{"too many", service(signer.Fulcio, 429, says), whyServiceBusy},
		{"refused", service(signer.Rekor, 400, says), whyServiceRefused},
		{"no token from a machine's service", service(provider.ServiceGoogle, 404, says), whyTokenProvider},
		{"none from a provider of logins", service(login.OpenIDProvider, 400, says), whyTokenProvider},
		{"a page of something else than a provider", service(login.OpenIDProvider, 200, says), whyLoginAnswer},
		{"failed", service(signer.TimestampAuthority, 503, says), whyServiceFailed},
		{"another thing", service(signer.TimestampAuthority, 200, says), whyServiceAnswer},
		{"moved", service(signer.TimestampAuthority, 304, says), whyServiceAnswer},
	} {
		if got := reasonFor(tc.err); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	for _, tc := range []struct {
		problem login.Problem
		want    reason
	}{
		{login.Denied, whyLoginDenied}, {login.TimedOut, whyLoginTimeout}, {login.Canceled, whyInterrupted},
		{login.PortInUse, whyLoginPort}, {login.NoBrowser, whyLoginBrowser}, {login.NoDevice, whyLoginDevice},
		{login.NotShown, whyLoginDevice}, {login.Refused, whyLoginRefused},
		{login.BadAddress, whyLoginAnswer}, {login.BadAnswer, whyLoginAnswer}, {login.BadToken, whyLoginAnswer},
	} {
		if got := reasonFor(&login.Error{Problem: tc.problem}); got != tc.want {
			t.Errorf("login %s: %s, want %s", tc.problem, got, tc.want)
		}
	}
	for _, p := range []signer.TokenProblem{
		signer.TokenMissing, signer.TokenUnreadable, signer.TokenMalformed, signer.TokenExpired,
		signer.TokenNotYetValid, signer.TokenAudience, signer.TokenIssuer, signer.TokenUnverified,
	} {
		if got := reasonFor(&signer.TokenError{Reason: p}); !strings.HasPrefix(string(got), "token-") {
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
		want reason
	}{
		{"a plain error", errors.New("plain"), whyGit},
		{"a failure without a name", fail(exitNotGood, "plain"), whyGit},
		{"a failure with one", fail(exitNotGood, "plain").because(whySetting), whySetting},
		{"an error of a type", &signer.TokenError{Reason: signer.TokenExpired}, whyTokenExpired},
	} {
		var f *failure
		if err := because(whyGit, tc.err); !errors.As(err, &f) || f.reason != tc.want || f.err == nil {
			t.Errorf("%s: %+v, want %s", tc.name, f, tc.want)
		}
	}
	if err := because(whyGit, nil); err != nil {
		t.Errorf("no error: %v", err)
	}
}

func TestParagraph(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	out := newOutput(&b)
	out.paragraph("  - ", "A line of forty characters, and a little. `a command that stays on its line` and more behind it.")
	if err := out.close(); err != nil {
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
