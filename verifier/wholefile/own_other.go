//go:build !unix

package wholefile

import "os"

// closeBeforeRename: an open file cannot be renamed.
const closeBeforeRename = true

// own does nothing: an open file cannot be removed by another process.
func own(*os.File) bool { return true }

// removeAbandoned removes a temporary file that no process has open.
func removeAbandoned(name string) { os.Remove(name) }
