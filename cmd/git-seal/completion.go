package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// gitCompletion completes "git seal <TAB>". Git's own completion for bash calls
// _git_seal with the words of the line, and finds it because this file is loaded for
// git-seal. The list ends with a line ":N", cobra's directive; 4 means no files, which
// here means revisions.
const gitCompletion = `
_git_seal()
{
    local line found="" revisions=""
    while IFS= read -r line; do
        case "$line" in
        :4) revisions=yes; break ;;
        :*) break ;;
        esac
        found+="${line%%$'\t'*}"$'\n'
    done < <(git-seal __complete "${words[@]:__git_cmd_idx+1:cword-__git_cmd_idx-1}" "$cur" 2>/dev/null)
    if [ -n "$found" ]; then
        __gitcomp_nl "$found"
    elif [ -n "$revisions" ]; then
        __git_complete_refs
    fi
}
`

func completionCommand(h *host.Host) *cobra.Command {
	shells := []string{"bash", "zsh", "fish"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print the completion script for a shell",
		Long: `Print the completion script for a shell. The one for bash completes git-seal
and, if git's own completion is loaded, git seal. install.sh installs it; by
hand:

  git seal completion bash > ~/.local/share/bash-completion/completions/git-seal`,
		ValidArgs: shells,
		Args:      oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			var b strings.Builder
			if err := writeCompletion(cmd, &b, args[0]); err != nil {
				return err
			}
			out := host.NewOutput(h.Stdout)
			out.Printf("%s", b.String())
			return out.Close()
		},
	}
}

func writeCompletion(cmd *cobra.Command, w io.Writer, shell string) error {
	root := cmd.Root()
	switch shell {
	case "bash":
		if err := root.GenBashCompletionV2(w, true); err != nil {
			return err
		}
		_, err := io.WriteString(w, gitCompletion)
		return err
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	}
	return usageFailure(cmd, fmt.Errorf("no completion for the shell %q", shell))
}
