package hook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

// hookStart is how a hook begins that install wrote.
const hookStart = "#!/bin/sh\n# git seal hook install wrote this file; git seal hook uninstall puts back what was here.\n"

// keptSuffix is behind the name of a hook that was there before.
const keptSuffix = ".before-git-seal"

// maxHook bounds what is read of a hook, to see how to run it.
const maxHook = 1 << 20

// hookScript is the hook's text. What git writes to it goes to git-seal whole
// and, where that lets the push through, to the command for the hook that was
// there.
func hookScript(name, program, before string) []byte {
	var b bytes.Buffer
	b.WriteString(hookStart)
	if before == "" {
		fmt.Fprintf(&b, "exec %s hook %s \"$@\"\n", settings.ShellQuote(program), name)
		return b.Bytes()
	}
	fmt.Fprintf(&b, "input=$(cat && echo .) || exit 1    # the dot keeps the last newline\n")
	fmt.Fprintf(&b, "printf %%s \"${input%%.}\" | %s hook %s \"$@\" || exit\n", settings.ShellQuote(program), name)
	fmt.Fprintf(&b, "printf %%s \"${input%%.}\" | %s\n", before)
	return b.Bytes()
}

// keptCommand is how the script runs the hook that was there, empty where there
// is none, or one that git passes over since it is no program.
//
// What is for the shell runs under the name that git gave, not its second one:
// many a hook finds by its own name what else to run, and with another would
// let everything through. One that asks where it was read from has to be run.
func keptCommand(kept string) (string, error) {
	info, err := os.Stat(kept)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&0o111 == 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	f, err := os.Open(kept)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxHook))
	if err != nil {
		return "", err
	}
	shell := shellOf(text)
	if shell == "" || len(text) == maxHook || bytes.Contains(text, []byte("BASH_SOURCE")) {
		return `"$0` + keptSuffix + `" "$@"`, nil
	}
	return shell + ` -c '. "$0` + keptSuffix + `"' "$0" "$@"`, nil
}

// shellLine is the first line of a script for a shell: an interpreter by a path
// that needs no quotes, with options, if any, in one word.
var shellLine = regexp.MustCompile(`^#![ \t]*(/[\w./+-]*/(?:env )?(?:sh|dash|bash|ksh)(?: -[a-zA-Z]+)?)[ \t]*\n`)

// shellOf is the interpreter of a script for a shell, empty of anything else.
func shellOf(script []byte) string {
	if m := shellLine.FindSubmatch(script); m != nil {
		return string(m[1])
	}
	return ""
}

// isInstalled says whether install wrote the file.
func isInstalled(file string) (bool, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	start := make([]byte, len(hookStart))
	n, err := io.ReadFull(f, start)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return string(start[:n]) == hookStart, err
}

// sameHook says whether install would write again what is there, and git runs it.
func sameHook(file string, script []byte) bool {
	info, err := os.Stat(file)
	if err != nil || info.Mode()&0o111 == 0 {
		return false
	}
	text, err := host.ReadFileMax(file, maxHook)
	return err == nil && bytes.Equal(text, script)
}
