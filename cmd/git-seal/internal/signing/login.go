package signing

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/login"
)

// browserMissing returns why no browser can be opened here, or nil. In an SSH
// session the user is elsewhere, unless X is forwarded there.
func browserMissing(h *host.Host, vals settings.Values) error {
	set := func(name string) bool {
		text, _ := h.Getenv(name)
		return text != ""
	}
	_, named := vals.One(settings.Browser)
	switch {
	case named:
		return nil
	case runtime.GOOS == "darwin" || runtime.GOOS == "windows":
		if set("SSH_CONNECTION") || set("SSH_TTY") {
			return errors.New("this is an SSH session")
		}
		return nil
	case !set("DISPLAY") && !set("WAYLAND_DISPLAY"):
		return errors.New("neither DISPLAY nor WAYLAND_DISPLAY is set")
	}
	for _, opener := range []string{"xdg-open", "x-www-browser", "www-browser"} {
		if _, err := exec.LookPath(opener); err == nil {
			return nil
		}
	}
	return errors.New("none of xdg-open, x-www-browser and www-browser is installed")
}

// browserToken returns a source that logs in with the browser. A terminal is
// optional: editors commit without one.
func browserToken(h *host.Host, vals settings.Values, services signer.Services) (tokenOrigin, error) {
	b := &login.Browser{
		Provider:    loginProvider(h, vals, services),
		RedirectURL: vals.Text(settings.RedirectURL, ""),
		Wait:        h.LoginWait,
	}
	if command, ok := vals.One(settings.Browser); ok {
		var err error
		if b.Command, err = settings.SplitCommand(command.Text); err != nil {
			return tokenOrigin{}, err
		}
	}
	return tokenOrigin{from: "login at " + services.OIDC, source: tokenFunc(func(ctx context.Context) (string, error) {
		if tty, err := host.OpenTerminal(); err == nil {
			defer tty.Close()
			b.ShowURL = func(address string) {
				host.Tell(tty, "to sign, log in with the browser that opens now, or go to\n\n    %s\n", address)
			}
			b.Warn = func(err error) {
				host.Tell(tty, "warning: %s", host.Message(err.Error()))
				if hint := why.HintFor(err); hint != "" {
					host.Tell(tty, "hint: %s", hint)
				}
			}
		}
		return b.Token(ctx)
	})}, nil
}

// deviceToken returns a source that logs in with a browser elsewhere, where the user
// enters a code that the terminal shows.
func deviceToken(h *host.Host, vals settings.Values, services signer.Services) (tokenOrigin, error) {
	return tokenOrigin{from: "login at " + services.OIDC, source: tokenFunc(func(ctx context.Context) (string, error) {
		tty, err := host.OpenTerminal()
		if err != nil {
			return "", host.Fail(host.ExitNotGood, "login at %s: there is no terminal to show the code on", services.OIDC).
				WithHint("log in with a browser on this machine: git config seal.tokenProvider browser; or put a token into %s", settings.TokenVariable)
		}
		defer tty.Close()
		d := &login.Device{
			Provider: loginProvider(h, vals, services),
			Wait:     h.LoginWait,
			Show: func(c login.DeviceCode) error {
				return showDeviceCode(tty, c)
			},
		}
		return d.Token(ctx)
	})}, nil
}

func loginProvider(h *host.Host, vals settings.Values, services signer.Services) login.Provider {
	p := login.Provider{
		Issuer:      services.OIDC,
		ClientID:    vals.Text(settings.ClientID, ""),
		ConnectorID: vals.Text(settings.ConnectorID, ""),
		Timeout:     vals.Timeout(),
		Now:         h.Now,
	}
	if h.Trace != nil {
		p.Trace = h.TraceRequest
	}
	return p
}

// showDeviceCode shows the address and the code on the terminal. The provider's text
// is printable, as package login guarantees.
func showDeviceCode(tty *os.File, c login.DeviceCode) error {
	valid := ""
	if left := time.Until(c.Expires).Round(time.Second); left > 0 && left < login.DefaultWait {
		valid = fmt.Sprintf(" within %s", left)
	}
	text := fmt.Sprintf("to sign, go to\n\n    %s\n\nin any browser%s and enter the code\n\n    %s\n", c.URL, valid, c.UserCode)
	if c.CompleteURL != "" {
		text += fmt.Sprintf("\nor go to\n\n    %s\n", c.CompleteURL)
	}
	return host.Tell(tty, "%s", text)
}
