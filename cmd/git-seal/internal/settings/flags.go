package settings

import (
	"strings"

	"github.com/spf13/cobra"
)

// AddFlags gives a command the flags of all settings for a purpose.
func AddFlags(cmd *cobra.Command, purpose purpose) {
	for _, s := range Table {
		if s.For&purpose == 0 {
			continue
		}
		AddFlag(cmd, s)
	}
}

// AddFlag gives a command the flag of one setting.
func AddFlag(cmd *cobra.Command, s setting) {
	usage := firstSentence(s.Doc) + " (" + s.Name + ")"
	if s.Many {
		usage += "; may be given several times"
	}
	cmd.Flags().Var(&flagValue{form: s.Kind.Form}, s.Flag(), usage)
	if len(s.Kind.Words) > 0 {
		_ = cmd.RegisterFlagCompletionFunc(s.Flag(), cobra.FixedCompletions(s.Kind.Words, cobra.ShellCompDirectiveNoFileComp))
	}
}

// GivenFlags are the values of the settings given as flags, by the
// settings' names.
func GivenFlags(cmd *cobra.Command) map[string][]string {
	given := make(map[string][]string)
	for _, s := range Table {
		if f := cmd.Flags().Lookup(s.Flag()); f != nil && f.Changed {
			given[s.Name] = f.Value.(*flagValue).texts
		}
	}
	return given
}

// flagValue collects the values of one setting. What they are good for is
// told when all settings are read, in the words that all sources share.
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

// firstSentence of a documentation, without its full stop, for a usage text.
func firstSentence(doc string) string {
	first, _, _ := strings.Cut(doc, ". ")
	first = strings.TrimSuffix(first, ".")
	return strings.ToLower(first[:1]) + first[1:]
}

// AddFlagsNamed gives a command the flags of some settings.
func AddFlagsNamed(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		s, _ := Lookup(name)
		AddFlag(cmd, s)
	}
}
