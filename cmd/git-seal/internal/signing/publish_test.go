package signing

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/signer"
)

func TestPublicLog(t *testing.T) {
	t.Parallel()
	const own = "https://sigstore.example.com"
	log := func(url string) []signer.Log { return []signer.Log{{URL: url, Version: 1}} }
	for _, tc := range []struct {
		name     string
		services signer.Services
		want     string
	}{
		{"public good", services(t, signer.PublicGoodSigningConfig()), "fulcio.sigstore.dev"},
		{"own", signer.Services{Fulcio: own, Rekor: log(own)}, ""},
		{"own, with the public log", signer.Services{Fulcio: own, Rekor: log("https://rekor.sigstore.dev")}, "rekor.sigstore.dev"},
		{"own, with a log of a later year", signer.Services{Fulcio: own, Rekor: log("https://log2099-1.rekor.sigstore.dev/")}, "log2099-1.rekor.sigstore.dev"},
		{"public authority, own log", signer.Services{Fulcio: "https://fulcio.sigstore.dev", Rekor: log(own)}, "fulcio.sigstore.dev"},
		{"public authority, no log", signer.Services{Fulcio: "https://fulcio.sigstore.dev"}, "fulcio.sigstore.dev"},
		{"staging", signer.Services{Fulcio: "https://fulcio.sigstage.dev"}, "fulcio.sigstage.dev"},
		{"in capitals, with a port and a dot", signer.Services{Fulcio: "https://FULCIO.sigstore.dev.:443"}, "fulcio.sigstore.dev"},
		{"a name that ends alike", signer.Services{Fulcio: "https://fulcio.notsigstore.dev", Rekor: log(own)}, ""},
		{"a name that begins alike", signer.Services{Fulcio: "https://fulcio.sigstore.dev.example.com", Rekor: log(own)}, ""},
		{"a public timestamp authority", signer.Services{Fulcio: own, TimestampAuthorities: []string{"https://timestamp.sigstore.dev"}}, ""},
		{"a log that is not asked", signer.Services{Fulcio: own, Rekor: append(log(own), log("https://rekor.sigstore.dev")...)}, ""},
	} {
		named := settings.Values{settings.SigningConfig: {{Text: "/etc/sigstore/signing_config.json"}}}
		if got := publicLog(new(host.Host), named, tc.services); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	moved := signer.Services{Fulcio: own, Rekor: log(own)}
	for _, tc := range []struct {
		setting, want string
	}{
		{settings.TUFRoot, ""}, {settings.TrustedRoot, ""}, {settings.SigningConfig, ""}, {settings.Fulcio, ""}, {settings.Rekor, ""},
		{settings.TUFMirror, "sigstore.example.com"}, // of the same instance: what it serves is verified from the same root
		{settings.TokenFile, "sigstore.example.com"},
	} {
		if got := publicLog(new(host.Host), settings.Values{tc.setting: {{Text: "x"}}}, moved); got != tc.want {
			t.Errorf("services of another domain, %s: %q, want %q", tc.setting, got, tc.want)
		}
	}
}

func services(t *testing.T, c *signer.SigningConfig) signer.Services {
	t.Helper()
	s, err := c.Services(time.Now(), signer.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPublishDecides holds every answer against every kind of identity, where
// nobody can be asked.
func TestPublishDecides(t *testing.T) {
	t.Parallel()
	person := signer.Identity{Name: "ana@example.com", Email: "ana@example.com"}
	workload := signer.Identity{Name: "spiffe://example.com/app"}
	public := signer.Identity{Name: "https://ci.example.com/app", Visibility: "public"}
	private := signer.Identity{Name: "https://ci.example.com/app", Visibility: "private"}
	odd := signer.Identity{Name: "ana@example.com", Email: "ana@example.com", Visibility: "public"}
	for _, tc := range []struct {
		name   string
		id     signer.Identity
		agreed string
		want   host.Reason // "": it may be published
	}{
		{"a person, not asked yet", person, "", why.PublishUnasked},
		{"a person who agreed", person, "ana@example.com", ""},
		{"a person who agreed, in capitals", person, "Ana@Example.com", ""},
		{"a person after another one agreed", person, "bob@example.com", why.PublishUnasked},
		{"a person where everybody may", person, "true", ""},
		{"a person where nobody may", person, "false", why.PublishForbids},
		{"a person in a public project", odd, "", why.PublishUnasked},
		{"a workload, not asked yet", workload, "", why.PublishUnasked},
		{"a workload that was agreed to", workload, "spiffe://example.com/app", ""},
		{"a build of a public project", public, "", ""},
		{"the same where a person has agreed", public, "ana@example.com", ""},
		{"the same where nobody may", public, "false", why.PublishForbids},
		{"a build of a private project", private, "", why.PublishPrivate},
		{"the same where a person has agreed", private, "ana@example.com", why.PublishPrivate},
		{"the same by its name", private, "https://ci.example.com/app", ""},
		{"the same where everybody may", private, "true", ""},
		{"the same where nobody may", private, "false", why.PublishForbids},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := publication{host: &host.Host{Env: []string{"CI=1"}}, log: "rekor.example.com", agreed: settings.Value{Text: tc.agreed}, id: tc.id}
			err := p.decide(t.Context())
			var f *host.Failure
			switch {
			case tc.want == "" && err != nil:
				t.Error(err)
			case tc.want != "" && (!errors.As(err, &f) || f.Reason != tc.want || f.Hint == ""):
				t.Errorf("%+v, want %s and a hint", err, tc.want)
			}
		})
	}
}

func TestMakerOf(t *testing.T) {
	t.Parallel()
	const tree = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
	for _, tc := range []struct{ name, payload, want string }{
		{"a commit", tree + "author A <author@example.com> 1 +0000\ncommitter C <committer@example.com> 1 +0000\n\nmessage\n", "committer@example.com"},
		{"a tag", "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype commit\ntag v1\ntagger T <tagger@example.com> 1 +0000\n\nmessage\n", "tagger@example.com"},
		{"a push certificate", "certificate version 0.1\npusher P <pusher@example.com> 1 +0000\npushee https://example.com\nnonce 1\n\n", "pusher@example.com"},
		{"a push certificate of nobody", "certificate version 0.1\npusher \n\n", ""},
		{"a commit with a pusher in its message", tree + "author A <a@example.com> 1 +0000\ncommitter C <c@example.com> 1 +0000\n\n\npusher P <p@example.com> 1\n", "c@example.com"},
		{"nothing of git's", "a payload\n", ""},
		{"two committers", tree + "author A <a@example.com> 1 +0000\ncommitter C <c@example.com> 1 +0000\ncommitter D <d@example.com> 1 +0000\n\nmessage\n", ""},
	} {
		if got := makerOf([]byte(tc.payload)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// TestAskLineEndsWithItsContext: Ctrl-C stops a question that nobody answers.
func TestAskLineEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	defer w.Close()
	tty := struct {
		io.Reader
		io.Writer
	}{r, writerFunc(func(text []byte) (int, error) {
		if asked := strings.TrimSpace(string(text)); asked != "Publish?" && asked != "" {
			t.Errorf("asked %q", text)
		}
		cancel()
		return len(text), nil
	})}
	if _, err := host.AskLine(ctx, tty, "Publish?"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
