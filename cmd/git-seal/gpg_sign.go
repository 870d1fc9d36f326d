package main

func (h *host) signForGit(call gpgCall) int { return 1 }
func loadSigningConfig(v value) (int, error) { return 0, nil }
func (h *host) gitVersion() (int, int, bool) { return 2, 39, true }
