package login

import "time"

const (
	// DefaultWait is how long a login waits for the user: long enough to find a
	// password and a second factor, and not much longer if the tab was closed.
	DefaultWait = 5 * time.Minute

	// clockSkew is how far the local clock may be off, as in package signer.
	clockSkew = time.Hour + 5*time.Minute

	// maxAnswer: discovery documents have 2 KB, key sets of large providers 10 KB.
	maxAnswer = 1 << 20

	// maxRedirects, to the same host, are followed.
	maxRedirects = 3

	// maxExcerpt is how much of a provider's text goes into an error line.
	maxExcerpt = 200

	// maxShown is how much of an address or a code goes to a terminal: RFC 8628
	// codes have 8 characters, addresses below 100.
	maxShown = 1000

	// maxCallbackHeader limits the size of a request to the callback: codes have below
	// 1 KB, a browser's own headers 2 KB, cookies of other services on the same host
	// up to 8 KB.
	maxCallbackHeader = 64 << 10

	// headerTimeout ends connections to the callback that send nothing.
	headerTimeout = 10 * time.Second

	// deliverTimeout is how long sending the last page to the browser, which is on this
	// machine, may take.
	deliverTimeout = time.Second

	// interruptGrace is how much later than the browser's program this process may get
	// the same interrupt.
	interruptGrace = time.Second

	// defaultInterval is the pause between two polls, and slowDown is what the
	// provider's slow_down adds to it (RFC 8628 §3.2, §3.5).
	defaultInterval = 5 * time.Second
	slowDown        = 5 * time.Second

	// maxInterval limits the pause between two polls that a provider may ask for: with
	// a longer one, no one could log in while the code is valid.
	maxInterval = time.Minute

	// maxLost is how many polls in a row may get no answer.
	maxLost = 4
)
