//go:build unix

package git

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps the terminal's Ctrl-C from a program that stays: whoever reads
// its answers decides when it ends, and can tell an interrupt from a failure.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
