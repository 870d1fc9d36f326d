package signer

import "time"

const (
	// DefaultTimeout is how long one network step may take, with all its attempts.
	// Rekor v2 answers after its next checkpoint, a second or more; the slowest
	// answers of the public Sigstore instance take 10 s.
	DefaultTimeout = 30 * time.Second

	// DefaultAudience is the audience that Fulcio expects in ID tokens, unless its
	// operator chose another one.
	DefaultAudience = "sigstore"

	// clockSkew is how far the local clock may be off when signing: an hour, as after
	// a missed change to summer time, plus the time for reading and sending.
	clockSkew = time.Hour + 5*time.Minute

	// maxToken: servers refuse request headers above 8 KiB to 1 MiB; tokens of
	// directory services that list groups have 10 KiB.
	maxToken = 64 << 10

	// maxTokenAnswer: a token in JSON or protobuf, with a few other fields.
	maxTokenAnswer = maxToken + 16<<10

	// maxSigningConfig: that of the public Sigstore instance has 1,230 bytes.
	maxSigningConfig = 1 << 20

	// maxCertificateAnswer: Fulcio's chain of three certificates has 3 KB.
	maxCertificateAnswer = 256 << 10

	// maxLogAnswer: an entry with its inclusion proof has 5 KB; a private
	// Rekor v1 may attach more.
	maxLogAnswer = 1 << 20

	// maxTimestampAnswer: a token with a long chain has 6 KB.
	maxTimestampAnswer = 256 << 10

	// maxErrorAnswer is how much is read of an error answer. Of its text, maxExcerpt
	// bytes are shown.
	maxErrorAnswer = 16 << 10

	// maxAttempts and firstWait limit how often a step is tried. Each wait is twice
	// the one before: 3 s in all. That is longer than a restart behind a load balancer
	// takes, and not too long for people.
	maxAttempts = 5
	firstWait   = 200 * time.Millisecond

	// maxRedirects, to the same host, are followed: a trailing slash or a
	// version prefix takes one.
	maxRedirects = 3

	// maxSends is how often net/http may send one request, redirects included. It
	// sends twice if an idle connection was just closed.
	maxSends = maxRedirects + 2

	// maxExcerpt is how much of a server's error text goes into an error line.
	maxExcerpt = 200

	// maxErrorText limits the text of a transport's own error. The longest, except
	// those that quote a server, name every address that was tried.
	maxErrorText = 1000

	// maxAnswerHeader: services send below 1 KB, the proxies in front of them up
	// to 4 KB of cookies and policies. The default would be 10 MB.
	maxAnswerHeader = 64 << 10
)
