package instance

import (
	"errors"
	"io/fs"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/signer"
)

// maxSigningConfig limits the size of a signing configuration; that of the public
// Sigstore instance has 1 kB.
const maxSigningConfig = 1 << 20

// Services returns the services to sign with: those that the signing configuration
// names, or the settings instead. The public Sigstore instance, whose log is
// permanently public, is used only if no setting names another one, and never to fill
// a gap in another one.
func Services(h *host.Host, vals settings.Values, trees []string) (signer.Services, error) {
	config, err := signingConfig(h, vals, trees)
	if err != nil {
		return signer.Services{}, err
	}
	services, err := config.Services(h.Now().UTC().Truncate(time.Second), signer.Overrides{
		Fulcio:             vals.Text(settings.Fulcio, ""),
		Rekor:              vals.Text(settings.Rekor, ""),
		TimestampServerURL: vals.Text(settings.TimestampServer, ""),
		OIDC:               vals.Text(settings.Issuer, ""),
	})
	if err != nil {
		return services, host.Fail(host.ExitNotGood, "no services to sign with: %w", err).
			WithHint("check this machine's clock, or name another signing configuration: git seal init --signing-config FILE")
	}
	return services, nil
}

// signingConfig returns what seal.signingConfig names or, if it is not set, the one
// of the instance that TUF keeps up to date.
func signingConfig(h *host.Host, vals settings.Values, trees []string) (*signer.SigningConfig, error) {
	if v, ok := vals.One(settings.SigningConfig); ok {
		return LoadSigningConfig(v)
	}
	var own string
	for _, name := range []string{settings.TrustedRoot, settings.Fulcio, settings.Rekor} {
		if len(vals[name]) > 0 {
			own = name
		}
	}
	if len(vals[settings.TrustedRoot]) == 0 && (own == "" || len(vals[settings.TUFRoot]) > 0) {
		i, err := Load(h, vals, trees)
		if err != nil {
			return nil, err
		}
		return i.signingConfig()
	}
	_, fulcio := vals.One(settings.Fulcio)
	_, rekor := vals.One(settings.Rekor)
	_, timestamp := vals.One(settings.TimestampServer)
	if fulcio && (rekor || timestamp) {
		return new(signer.SigningConfig), nil
	}
	return nil, host.Fail(host.ExitNotGood, "no services to sign with: %s is set, but seal.signingConfig is not", own).
		WithHint("set it too: git config seal.signingConfig FILE; the public Sigstore instance does not sign for another one")
}

// LoadSigningConfig reads the signing configuration that a setting names.
func LoadSigningConfig(v settings.Value) (*signer.SigningConfig, error) {
	text, err := host.ReadFileMax(v.Text, maxSigningConfig)
	if err != nil {
		f := host.Fail(host.ExitNotGood, "cannot read the signing configuration (from %s): %w", v.Origin(), err)
		if errors.Is(err, fs.ErrNotExist) {
			f.Hint = "to name another file, run: git seal init --signing-config FILE"
		}
		return nil, f
	}
	c, err := signer.ParseSigningConfig(text)
	if err != nil {
		return nil, host.Fail(host.ExitNotGood, "%s (from %s): %w", v.Text, v.Origin(), err).WithHint("%s", fetchHint("signing_config.json", text))
	}
	return c, nil
}
