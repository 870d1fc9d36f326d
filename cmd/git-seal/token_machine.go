package main

// machine is the provider of identities that the environment shows.
func (h *host) machine() (provider string, ok bool) {
	return "", false
}

// machineToken is the identity of the machine that signs.
func (h *host) machineToken(provider string, _ values) (tokenOrigin, error) {
	return tokenOrigin{}, fail(exitNotGood, "no ID token from %s in this build", provider)
}
