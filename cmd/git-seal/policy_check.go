package main

import (
	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/policies"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
)

func policyCheckCommand(h *host.Host) *cobra.Command {
	format := host.FormatText
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say in words what a policy allows",
		Long: `Say in words what the policy in FILE allows, or where it is wrong. Without FILE it
is the policy that the settings name or, where they name none, the file
.git-seal/policy.yaml of the work tree.`,
		Args: atMostOneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, from, err := policies.PolicyToCheck(cmd.Context(), h, settings.GivenFlags(cmd), args)
			if err != nil {
				return why.From(err, host.ExitNotGood).WithCode(host.ExitNotGood)
			}
			out := host.NewOutput(h.Stdout)
			if format == host.FormatJSON {
				out.JSON(judging.NewJSONCheck(p, from))
			} else {
				out.Printf("policy: %s (%s), sha256:%x\n\n", host.Printable(p.Source()), host.Printable(from), p.Digest())
				for _, line := range p.Describe() {
					out.Printf("%s\n", host.Message(line))
				}
			}
			return out.Close()
		},
	}
	addFormat(cmd, &format)
	settings.AddFlags(cmd, settings.Judging)
	return cmd
}
