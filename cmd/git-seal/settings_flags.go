package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// addSettings gives a command the flags of all settings for a purpose.
func addSettings(cmd *cobra.Command, purpose purpose) {
	for _, s := range settings {
		if s.For&purpose == 0 {
			continue
		}
		usage := "`" + s.Kind.Form + "`: " + firstSentence(s.Doc) + " (" + s.Name + ")"
		if s.Many {
			usage += "; may be given several times"
		}
		cmd.Flags().StringArray(s.Flag(), nil, usage)
		if len(s.Kind.Words) > 0 {
			_ = cmd.RegisterFlagCompletionFunc(s.Flag(), cobra.FixedCompletions(s.Kind.Words, cobra.ShellCompDirectiveNoFileComp))
		}
	}
}

// givenSettings are the values of the settings given as flags, by the
// settings' names.
func givenSettings(cmd *cobra.Command) map[string][]string {
	given := make(map[string][]string)
	for _, s := range settings {
		if f := cmd.Flags().Lookup(s.Flag()); f != nil && f.Changed {
			given[s.Name], _ = cmd.Flags().GetStringArray(s.Flag())
		}
	}
	return given
}

// firstSentence of a documentation, without its full stop, for a usage text.
func firstSentence(doc string) string {
	first, _, _ := strings.Cut(doc, ". ")
	return strings.TrimSuffix(first, ".")
}
