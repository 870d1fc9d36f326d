package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/trusting"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

func trustCommand(h *host.Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Say whose certificates and logs are trusted, and keep that up to date",
		Args:  knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageFailure(cmd, errors.New("no command"))
		},
	}
	cmd.AddCommand(trustExportCommand(h), trustImportCommand(h), trustShowCommand(h), trustUpdateCommand(h))
	return cmd
}

func trustShowCommand(h *host.Host) *cobra.Command {
	format := host.FormatText
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show what is trusted, since when and from where",
		Long: `Show the trusted roots that judge: where each comes from, its digest and, where TUF
verified it, its version, since when this machine has it and when it was last
verified; then the authorities and logs in it, with the time in which each counts. It
asks nobody.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			vals, trees, err := trusting.TrustSettings(cmd.Context(), h, settings.GivenFlags(cmd))
			if err != nil {
				return err
			}
			r, err := trusting.NewReport(h, vals, trees)
			if r == nil {
				return err
			}
			out := host.NewOutput(h.Stdout)
			if format == host.FormatJSON {
				out.JSON(r)
			} else {
				r.Text(out)
			}
			if closed := out.Close(); closed != nil {
				return closed
			}
			return err
		},
	}
	addFormat(cmd, &format)
	settings.AddFlagsNamed(cmd, settings.TrustedRoot, settings.TUFMirror, settings.TUFRoot)
	return cmd
}

func trustUpdateCommand(h *host.Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Get the newest trusted root from the TUF repository",
		Long: `Ask the TUF repository (seal.tufMirror) for the instance's trusted root and signing
configuration, and keep them if they verify: signed by the root that is known
(seal.tufRoot) or one that it vouches for, not expired, and not older than before.
What does not verify changes nothing. Signing does the same once a day.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i, vals, err := trusting.TUFInstance(h, cmd)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), vals.Timeout())
			defer cancel()
			before := i.Kept
			if err := instance.Update(ctx, h, i, nil); err != nil {
				return instance.UpdateFailure(err, instance.UpdateHints)
			}
			return trusting.TellUpdate(h, i, before)
		},
	}
	settings.AddFlagsNamed(cmd, settings.TUFMirror, settings.TUFRoot, settings.Timeout)
	return cmd
}

func trustImportCommand(h *host.Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take the trusted root from an exported TUF repository",
		Long: `Take the instance's trusted root and signing configuration from a FILE that
git seal trust export wrote, for a machine that cannot reach the TUF repository. The
file is trusted no more than a mirror: it is verified in the same way, by the root
that this machine knows.`,
		Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			i, _, err := trusting.TUFInstance(h, cmd)
			if err != nil {
				return err
			}
			text, err := host.ReadFileMax(h.Abs(args[0]), trusting.MaxExport)
			if err != nil {
				return host.Fail(host.ExitNotGood, "%w", err).WithHint("git seal trust export FILE writes it, where there is a network")
			}
			exported, err := tuf.ParseRepository(text)
			if err != nil {
				return host.Fail(host.ExitNotGood, "%s: %w", args[0], err).WithHint("git seal trust export FILE writes it, where there is a network")
			}
			before := i.Kept
			if err := instance.Import(cmd.Context(), h, i, args[0], exported); err != nil {
				return instance.UpdateFailure(err, instance.ImportHints)
			}
			return trusting.TellUpdate(h, i, before)
		},
	}
	settings.AddFlagsNamed(cmd, settings.TUFMirror, settings.TUFRoot)
	return cmd
}

func trustExportCommand(h *host.Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write the TUF repository for machines without a network",
		Long: `Write what TUF verified last, metadata and all, to a FILE from which
git seal trust import takes it elsewhere. The other machine verifies it again, so the
way there need not be a safe one; but it expires as the repository's metadata does,
the public-good instance's within a week.`,
		Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			i, _, err := trusting.TUFInstance(h, cmd)
			if err != nil {
				return err
			}
			text, expires, err := trusting.Export(cmd.Context(), h, i)
			if err != nil {
				return err
			}
			path, err := settings.Destination(h, new(git.Config), args[0])
			if err != nil {
				return err
			}
			if err := host.WriteReportFile(path, args[0], text); err != nil {
				return err
			}
			h.Say("%s: good until %s", args[0], host.Day(expires))
			return nil
		},
	}
	settings.AddFlagsNamed(cmd, settings.TUFMirror, settings.TUFRoot)
	return cmd
}
