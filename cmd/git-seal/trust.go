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
		Short: "Show and update the trusted root: trusted authorities and logs",
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
		Short: "Show the trusted roots and where they come from",
		Long: `Show the trusted roots: where each comes from and its digest. If TUF verified
it, also show its version, since when this machine has it, and when it was last
verified. Then list its authorities and logs with their validity windows. The
command uses no network.`,
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
		Short: "Fetch the newest trusted root from the TUF repository",
		Long: `Fetch the instance's trusted root and signing configuration from the TUF
repository (seal.tufMirror). They are kept only if they are valid: signed by
the known TUF root (seal.tufRoot) or a later one that it vouches for, not
expired, and not older than before. Otherwise nothing changes. Signing does the
same once a day.`,
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
		Short: "Read the trusted root from an exported TUF repository",
		Long: `Read the instance's trusted root and signing configuration from a FILE that
git seal trust export wrote, on a machine that cannot reach the TUF repository.
The file is not trusted more than a mirror: it is verified in the same way,
from the TUF root that this machine knows.`,
		Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			i, _, err := trusting.TUFInstance(h, cmd)
			if err != nil {
				return err
			}
			text, err := host.ReadFileMax(h.Abs(args[0]), trusting.MaxExport)
			if err != nil {
				return host.Fail(host.ExitNotGood, "%w", err).WithHint("to write it, run git seal trust export FILE on a machine with a network")
			}
			exported, err := tuf.ParseRepository(text)
			if err != nil {
				return host.Fail(host.ExitNotGood, "%s: %w", args[0], err).WithHint("to write it, run git seal trust export FILE on a machine with a network")
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
		Short: "Export the TUF repository for machines without a network",
		Long: `Write the trusted root and signing configuration that TUF verified last, with
their metadata, to a FILE for git seal trust import on another machine. That
machine verifies them again, so any way of transport will do. The file expires
when the repository's metadata does; that of the public Sigstore instance
expires within a week.`,
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
			h.Say("%s: valid until %s", args[0], host.Day(expires))
			return nil
		},
	}
	settings.AddFlagsNamed(cmd, settings.TUFMirror, settings.TUFRoot)
	return cmd
}
