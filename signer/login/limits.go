package login

import "time"

const (
	// DefaultWait is how long a login waits for the person: time to find a
	// password and a second factor; a tab that was closed is not waited for
	// much longer.
	DefaultWait = 5 * time.Minute

	// clockSkew is how far the local clock may be off, as package signer has it.
	clockSkew = time.Hour + 5*time.Minute

	// maxAnswer: discovery documents have 2 KB, key sets of large providers 10 KB.
	maxAnswer = 1 << 20

	// maxRedirects, to the same host, are followed.
	maxRedirects = 3

	// maxExcerpt is how much of a provider's words goes into an error line.
	maxExcerpt = 200

	// maxShown is how much of an address or a code goes to a terminal: RFC 8628
	// codes have 8 characters, addresses below 100.
	maxShown = 1000

	// maxCallbackHeader bounds what a request to the callback may send: codes
	// have below 1 KB, a browser's own headers 2 KB, cookies of other services
	// on the same host up to 8 KB.
	maxCallbackHeader = 64 << 10

	// headerTimeout ends connections to the callback that say nothing.
	headerTimeout = 10 * time.Second

	// deliverTimeout is how long the last page may take to the browser, which is
	// on this machine.
	deliverTimeout = time.Second

	// interruptGrace is how long after the browser's program the news of the same
	// interrupt may come here.
	interruptGrace = time.Second

	// defaultInterval is the pause between two polls, and slowDown what the
	// provider's slow_down adds to it (RFC 8628 §3.2, §3.5).
	defaultInterval = 5 * time.Second
	slowDown        = 5 * time.Second

	// maxInterval bounds what a provider may ask for between two polls: with
	// more, nobody could log in while the code is valid.
	maxInterval = time.Minute

	// maxLost is how many polls in a row may get no answer.
	maxLost = 4
)
