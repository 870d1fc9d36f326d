package git

import (
	"context"
	"strconv"
	"strings"
)

// CheckVersion runs `git version`. A git older than MinVersion is a
// *VersionError, one that cannot be found or started ErrNoGit.
func CheckVersion(ctx context.Context, o Options) error {
	out, err := o.run(ctx, maxAnswerSize, "version")
	if err != nil {
		return err
	}
	version := strings.TrimSpace(string(out))
	if !recent(version) {
		program, _ := o.program()
		return &VersionError{Program: program, Version: version}
	}
	return nil
}

// recent reports whether what `git version` printed ("git version 2.39.5
// (Apple Git-154)") is at least MinVersion.
func recent(version string) bool {
	fields := strings.Fields(version)
	if len(fields) < 3 || fields[0] != "git" || fields[1] != "version" {
		return false
	}
	have, need := strings.Split(fields[2], "."), strings.Split(MinVersion, ".")
	for i, n := range need {
		if i >= len(have) {
			return false
		}
		h, errHave := strconv.Atoi(have[i])
		w, errNeed := strconv.Atoi(n)
		if errHave != nil || errNeed != nil {
			return false
		}
		if h != w {
			return h > w
		}
	}
	return true
}
