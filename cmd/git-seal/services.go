package main

import (
	"errors"
	"io/fs"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// maxSigningConfig bounds a signing configuration's file; the public-good
// instance's has a kilobyte.
const maxSigningConfig = 1 << 20

// services are where to sign: what the signing configuration names, with what
// the settings put in its place. The public-good instance, whose log is public
// for ever, is used where nothing says otherwise, never to fill a gap in
// somebody's own.
func (h *host) services(vals values, trees []string) (signer.Services, error) {
	config, err := h.signingConfig(vals, trees)
	if err != nil {
		return signer.Services{}, err
	}
	services, err := config.Services(h.now().UTC().Truncate(time.Second), signer.Overrides{
		Fulcio:             vals.text(settingFulcio, ""),
		Rekor:              vals.text(settingRekor, ""),
		TimestampServerURL: vals.text(settingTimestampServer, ""),
		OIDC:               vals.text(settingIssuer, ""),
	})
	if err != nil {
		return services, fail(exitNotGood, "where to sign: %w", err).
			withHint("is this machine's clock right? git seal init --signing-config FILE names another signing configuration")
	}
	return services, nil
}

// signingConfig is what seal.signingConfig names or, where it names nothing,
// the one of the instance that TUF keeps up to date.
func (h *host) signingConfig(vals values, trees []string) (*signer.SigningConfig, error) {
	if v, ok := vals.one(settingSigningConfig); ok {
		return loadSigningConfig(v)
	}
	var own string
	for _, name := range []string{settingTrustedRoot, settingFulcio, settingRekor} {
		if len(vals[name]) > 0 {
			own = name
		}
	}
	if len(vals[settingTrustedRoot]) == 0 && (own == "" || len(vals[settingTUFRoot]) > 0) {
		i, err := h.loadInstance(vals, trees)
		if err != nil {
			return nil, err
		}
		return i.signingConfig()
	}
	_, fulcio := vals.one(settingFulcio)
	_, rekor := vals.one(settingRekor)
	_, timestamp := vals.one(settingTimestampServer)
	if fulcio && (rekor || timestamp) {
		return new(signer.SigningConfig), nil
	}
	return nil, fail(exitNotGood, "where to sign: %s is set, and seal.signingConfig is not", own).
		withHint("git config seal.signingConfig FILE; the public-good instance is not asked on behalf of another")
}

func loadSigningConfig(v value) (*signer.SigningConfig, error) {
	text, err := readFileMax(v.Text, maxSigningConfig)
	if err != nil {
		f := fail(exitNotGood, "signing config (%s): %w", v.Source, err)
		if errors.Is(err, fs.ErrNotExist) {
			f.hint = "git seal init --signing-config FILE names another file"
		}
		return nil, f
	}
	c, err := signer.ParseSigningConfig(text)
	if err != nil {
		return nil, fail(exitNotGood, "%s (%s): %w", v.Text, v.Source, err).withHint("%s", fetchHint("signing_config.json", text))
	}
	return c, nil
}
