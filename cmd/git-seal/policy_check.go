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
		Short: "Check a policy and describe what it allows",
		Long: `Describe what the policy in FILE allows, or show where it is not valid. Without
FILE, check the policy that the settings name, otherwise the file
.git-seal/policy.yaml in the work tree.`,
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
				out.Printf("policy: %s (from %s), sha256:%x\n\n", host.Printable(p.Source()), host.Printable(from), p.Digest())
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
