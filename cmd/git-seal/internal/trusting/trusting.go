package trusting

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
)

// TrustSettings returns the settings of the trust commands, and the work trees that
// must not contain their files.
func TrustSettings(ctx context.Context, h *host.Host, flags map[string][]string) (settings.Values, []string, error) {
	repo := git.New(settings.GitOptions(h))
	defer repo.Close()
	vals, config, err := settings.Read(ctx, h, repo, flags, settings.Trusting)
	if err != nil {
		return nil, nil, err
	}
	return vals, settings.WorkTrees(h, config), nil
}

// TUFInstance returns the instance that TUF keeps up to date, and the settings that
// name it. It returns an error if a setting names a trusted root.
func TUFInstance(h *host.Host, cmd *cobra.Command) (*instance.Instance, settings.Values, error) {
	vals, trees, err := TrustSettings(cmd.Context(), h, settings.GivenFlags(cmd))
	if err != nil {
		return nil, nil, err
	}
	if v, ok := vals.One(settings.TrustedRoot); ok {
		return nil, nil, host.Fail(host.ExitNotGood, "the trusted root is a file that TUF does not update: %s (from %s)", v.Text, v.Origin()).
			WithHint("unset seal.trustedRoot, or name a TUF repository for this command with --tuf-mirror")
	}
	if v, ok := vals.One(settings.TUFRoot); ok {
		if err := instance.CheckTUFRoot(v, trees); err != nil {
			return nil, nil, why.From(err, host.ExitNotGood).WithCode(host.ExitNotGood)
		}
	}
	i, err := instance.Load(h, vals, trees)
	return i, vals, err
}
