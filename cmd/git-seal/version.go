package main

import (
	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

func versionCommand(h *host.Host) *cobra.Command {
	format := host.FormatText
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			b := host.ReadBuild()
			out := host.NewOutput(h.Stdout)
			if format == host.FormatJSON {
				out.JSON(b)
				return out.Close()
			}
			out.Printf("git-seal %s", b.Version)
			if b.Revision != "" {
				out.Printf(" (%s)", b.Revision)
			}
			out.Printf(" %s %s\n", b.Go, b.Platform)
			return out.Close()
		},
	}
	addFormat(cmd, &format)
	return cmd
}
