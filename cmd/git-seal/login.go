package main

import (
	"errors"
	"os/exec"
	"runtime"

	"github.com/git-seal/git-seal/signer"
)

// browserMissing is why no browser can be opened here, or nil. An SSH session
// has its person elsewhere, unless X is forwarded there.
func (h *host) browserMissing(values) error {
	set := func(name string) bool {
		text, _ := h.getenv(name)
		return text != ""
	}
	switch {
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

// browserToken logs in through the browser.
func (h *host) browserToken(values, signer.Services) (tokenOrigin, error) {
	return tokenOrigin{}, fail(exitNotGood, "no login through a browser in this build").withHint("put a token into %s", tokenVariable)
}

// deviceToken logs in through a browser elsewhere.
func (h *host) deviceToken(values, signer.Services) (tokenOrigin, error) {
	return tokenOrigin{}, fail(exitNotGood, "no login with a code in this build").withHint("put a token into %s", tokenVariable)
}
