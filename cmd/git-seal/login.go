package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/login"
)

// loginWait is how long a login waits for a person, as a duration. Only the
// linker sets it (-ldflags "-X main.loginWait=1s"), in the test of a tab that
// was closed.
var loginWait string

// browserMissing is why no browser can be opened here, or nil. An SSH session
// has its person elsewhere, unless X is forwarded there.
func (h *host) browserMissing(vals values) error {
	set := func(name string) bool {
		text, _ := h.getenv(name)
		return text != ""
	}
	_, named := vals.one(settingBrowser)
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
	return errors.New("none of xdg-open, x-www-browser and www-browser is there")
}

// browserToken logs in through the browser. A terminal is good to have: editors
// commit without one.
func (h *host) browserToken(vals values, services signer.Services) (tokenOrigin, error) {
	b := &login.Browser{
		Provider:    h.loginProvider(vals, services),
		RedirectURL: vals.text(settingRedirectURL, ""),
		Wait:        loginWaits(),
	}
	if command, ok := vals.one(settingBrowser); ok {
		var err error
		if b.Command, err = splitCommand(command.Text); err != nil {
			return tokenOrigin{}, err
		}
	}
	return tokenOrigin{from: "login at " + services.OIDC, source: tokenFunc(func(ctx context.Context) (string, error) {
		if tty, err := openTerminal(); err == nil {
			defer tty.Close()
			b.ShowURL = func(address string) {
				tell(tty, "to sign, log in with the browser that opens now, or go to\n\n    %s\n", address)
			}
			b.Warn = func(err error) {
				tell(tty, "warning: %s", message(err.Error()))
				if hint := hintFor(err); hint != "" {
					tell(tty, "hint: %s", hint)
				}
			}
		}
		return b.Token(ctx)
	})}, nil
}

// deviceToken logs in through a browser elsewhere, where the person enters a
// code that the terminal shows.
func (h *host) deviceToken(vals values, services signer.Services) (tokenOrigin, error) {
	return tokenOrigin{from: "login at " + services.OIDC, source: tokenFunc(func(ctx context.Context) (string, error) {
		tty, err := openTerminal()
		if err != nil {
			return "", fail(exitNotGood, "login at %s: there is no terminal to show a code on", services.OIDC).
				withHint("log in through a browser of this machine: git config seal.tokenProvider browser; or put a token into %s", tokenVariable)
		}
		defer tty.Close()
		d := &login.Device{
			Provider: h.loginProvider(vals, services),
			Wait:     loginWaits(),
			Show: func(c login.DeviceCode) error {
				return showDeviceCode(tty, c)
			},
		}
		return d.Token(ctx)
	})}, nil
}

func (h *host) loginProvider(vals values, services signer.Services) login.Provider {
	p := login.Provider{
		Issuer:      services.OIDC,
		ClientID:    vals.text(settingClientID, ""),
		ConnectorID: vals.text(settingConnectorID, ""),
		Timeout:     vals.timeout(),
		Now:         h.now,
	}
	if h.trace != nil {
		p.Trace = h.traceRequest
	}
	return p
}

func loginWaits() time.Duration {
	wait, err := time.ParseDuration(loginWait)
	if err != nil {
		return login.DefaultWait
	}
	return wait
}

// showDeviceCode asks for the login on the terminal. The provider's words in it
// are printable, as package login promises.
func showDeviceCode(tty *os.File, c login.DeviceCode) error {
	valid := ""
	if left := time.Until(c.Expires).Round(time.Second); left > 0 && left < login.DefaultWait {
		valid = fmt.Sprintf(" within %s", left)
	}
	text := fmt.Sprintf("to sign, go to\n\n    %s\n\nin any browser%s and enter the code\n\n    %s\n", c.URL, valid, c.UserCode)
	if c.CompleteURL != "" {
		text += fmt.Sprintf("\nor go to\n\n    %s\n", c.CompleteURL)
	}
	return tell(tty, "%s", text)
}

// tell writes lines for the person at the terminal.
func tell(tty *os.File, format string, args ...any) error {
	_, err := fmt.Fprintf(tty, "git-seal: "+format+"\n", args...)
	return err
}
