package hook

import (
	"testing"
)

func TestShellOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, script, want string }{
		{"the shell", "#!/bin/sh\n", "/bin/sh"},
		{"with a space and options", "#! /bin/bash -eu\n", "/bin/bash -eu"},
		{"by env", "#!/usr/bin/env bash\n", "/usr/bin/env bash"},
		{"no first line", "echo\n", ""},
		{"no shell", "#!/usr/bin/env python3\n", ""},
		{"a shell's name in another", "#!/usr/bin/fish\n", ""},
		{"another shell, whose scripts know where they were read from", "#!/bin/zsh\n", ""},
		{"an option after which none is read", "#!/bin/sh --\n", ""},
		{"two options", "#!/bin/sh -e -u\n", ""},
		{"a path that the shell would read otherwise", "#!/home/$USER/bin/sh\n", ""},
		{"a path from where git runs it", "#!bin/sh\n", ""},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := shellOf([]byte(tt.script)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
