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

// TrustSettings are the settings of the trust commands, and the work trees that
// no file of theirs may lie in.
func TrustSettings(ctx context.Context, h *host.Host, flags map[string][]string) (settings.Values, []string, error) {
	repo := git.New(settings.GitOptions(h))
	defer repo.Close()
	vals, config, err := settings.Read(ctx, h, repo, flags, settings.Trusting)
	if err != nil {
		return nil, nil, err
	}
	return vals, settings.WorkTrees(h, config), nil
}

// TUFInstance is the instance that TUF keeps up to date, and the settings that
// name it; there is none where a trusted root's file is named.
func TUFInstance(h *host.Host, cmd *cobra.Command) (*instance.Instance, settings.Values, error) {
	vals, trees, err := TrustSettings(cmd.Context(), h, settings.GivenFlags(cmd))
	if err != nil {
		return nil, nil, err
	}
	if v, ok := vals.One(settings.TrustedRoot); ok {
		return nil, nil, host.Fail(host.ExitNotGood, "the trusted root is a file: %s (%s)", v.Text, v.Source).
			WithHint("TUF keeps none up to date that is named with seal.trustedRoot; --tuf-mirror names a repository for this command")
	}
	if v, ok := vals.One(settings.TUFRoot); ok {
		if err := instance.CheckTUFRoot(v, trees); err != nil {
			return nil, nil, why.From(err, host.ExitNotGood).WithCode(host.ExitNotGood)
		}
	}
	i, err := instance.Load(h, vals, trees)
	return i, vals, err
}
