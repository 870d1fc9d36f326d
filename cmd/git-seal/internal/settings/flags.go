package settings

import (
	"strings"

	"github.com/spf13/cobra"
)

// AddFlags adds the flags of all settings for a purpose to a command.
func AddFlags(cmd *cobra.Command, purpose purpose) {
	for _, s := range Table {
		if s.For&purpose == 0 {
			continue
		}
		AddFlag(cmd, s)
	}
}

// AddFlag adds the flag of one setting to a command.
func AddFlag(cmd *cobra.Command, s setting) {
	usage := firstSentence(s.Doc) + " (" + s.Name + ")"
	if s.Many {
		usage += "; can be repeated"
	}
	cmd.Flags().Var(&flagValue{form: s.Kind.Form}, s.Flag(), usage)
	if len(s.Kind.Words) > 0 {
		_ = cmd.RegisterFlagCompletionFunc(s.Flag(), cobra.FixedCompletions(s.Kind.Words, cobra.ShellCompDirectiveNoFileComp))
	}
}

// GivenFlags returns the values of the settings given as flags, by the settings'
// names.
func GivenFlags(cmd *cobra.Command) map[string][]string {
	given := make(map[string][]string)
	for _, s := range Table {
		if f := cmd.Flags().Lookup(s.Flag()); f != nil && f.Changed {
			given[s.Name] = f.Value.(*flagValue).texts
		}
	}
	return given
}

// flagValue collects the values of one setting. They are checked when all settings
// are read, so that errors read the same for every source.
type flagValue struct {
	form  string
	texts []string
}

func (f *flagValue) String() string { return strings.Join(f.texts, " ") }

func (f *flagValue) Type() string { return f.form }

func (f *flagValue) Set(s string) error {
	f.texts = append(f.texts, s)
	return nil
}

// firstSentence returns the first sentence of doc for a usage text, without its full
// stop.
func firstSentence(doc string) string {
	first, _, _ := strings.Cut(doc, ". ")
	first = strings.TrimSuffix(first, ".")
	return strings.ToLower(first[:1]) + first[1:]
}

// AddFlagsNamed adds the flags of the named settings to a command.
func AddFlagsNamed(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		s, _ := Lookup(name)
		AddFlag(cmd, s)
	}
}
