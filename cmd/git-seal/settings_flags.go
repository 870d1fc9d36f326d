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
		addSetting(cmd, s)
	}
}

// addSetting gives a command the flag of one setting.
func addSetting(cmd *cobra.Command, s setting) {
	usage := firstSentence(s.Doc) + " (" + s.Name + ")"
	if s.Many {
		usage += "; may be given several times"
	}
	cmd.Flags().Var(&settingFlag{form: s.Kind.Form}, s.Flag(), usage)
	if len(s.Kind.Words) > 0 {
		_ = cmd.RegisterFlagCompletionFunc(s.Flag(), cobra.FixedCompletions(s.Kind.Words, cobra.ShellCompDirectiveNoFileComp))
	}
}

// givenSettings are the values of the settings given as flags, by the
// settings' names.
func givenSettings(cmd *cobra.Command) map[string][]string {
	given := make(map[string][]string)
	for _, s := range settings {
		if f := cmd.Flags().Lookup(s.Flag()); f != nil && f.Changed {
			given[s.Name] = f.Value.(*settingFlag).texts
		}
	}
	return given
}

// settingFlag collects the values of one setting. What they are good for is
// told when all settings are read, in the words that all sources share.
type settingFlag struct {
	form  string
	texts []string
}

func (f *settingFlag) String() string { return strings.Join(f.texts, " ") }
func (f *settingFlag) Type() string   { return f.form }

func (f *settingFlag) Set(s string) error {
	f.texts = append(f.texts, s)
	return nil
}

// firstSentence of a documentation, without its full stop, for a usage text.
func firstSentence(doc string) string {
	first, _, _ := strings.Cut(doc, ". ")
	first = strings.TrimSuffix(first, ".")
	return strings.ToLower(first[:1]) + first[1:]
}

// addSettingsNamed gives a command the flags of some settings.
func addSettingsNamed(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		s, _ := lookupSetting(name)
		addSetting(cmd, s)
	}
}
