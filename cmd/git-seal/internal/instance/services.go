package instance

import (
	"errors"
	"io/fs"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/signer"
)

// maxSigningConfig bounds a signing configuration's file; the public-good
// instance's has a kilobyte.
const maxSigningConfig = 1 << 20

// Services are where to sign: what the signing configuration names, with what
// the settings put in its place. The public-good instance, whose log is public
// for ever, is used where nothing says otherwise, never to fill a gap in
// somebody's own.
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
		return services, host.Fail(host.ExitNotGood, "where to sign: %w", err).
			WithHint("is this machine's clock right? git seal init --signing-config FILE names another signing configuration")
	}
	return services, nil
}

// signingConfig is what seal.signingConfig names or, where it names nothing,
// the one of the instance that TUF keeps up to date.
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
	return nil, host.Fail(host.ExitNotGood, "where to sign: %s is set, and seal.signingConfig is not", own).
		WithHint("git config seal.signingConfig FILE; the public-good instance is not asked on behalf of another")
}

func LoadSigningConfig(v settings.Value) (*signer.SigningConfig, error) {
	text, err := host.ReadFileMax(v.Text, maxSigningConfig)
	if err != nil {
		f := host.Fail(host.ExitNotGood, "signing config (%s): %w", v.Source, err)
		if errors.Is(err, fs.ErrNotExist) {
			f.Hint = "git seal init --signing-config FILE names another file"
		}
		return nil, f
	}
	c, err := signer.ParseSigningConfig(text)
	if err != nil {
		return nil, host.Fail(host.ExitNotGood, "%s (%s): %w", v.Text, v.Source, err).WithHint("%s", fetchHint("signing_config.json", text))
	}
	return c, nil
}
