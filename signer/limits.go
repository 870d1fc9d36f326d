package signer

import "time"

const (
	// DefaultTimeout is how long one network step may take, with every attempt
	// at it. Rekor v2 answers after its next checkpoint, a second or more; the
	// slowest answers of the public-good instance take 10 s.
	DefaultTimeout = 30 * time.Second

	// DefaultAudience is the audience that Fulcio asks of ID tokens, unless its
	// operator chose another.
	DefaultAudience = "sigstore"

	// clockSkew is how far the local clock may be off for a signature to come
	// about: an hour, as after a missed change to summer time, and what reading
	// and sending takes on top.
	clockSkew = time.Hour + 5*time.Minute

	// maxToken: servers refuse request headers above 8 KiB to 1 MiB; tokens of
	// directory services that list groups have 10 KiB.
	maxToken = 64 << 10

	// maxTokenAnswer: a token in JSON or protobuf, with a few words around it.
	maxTokenAnswer = maxToken + 16<<10

	// maxSigningConfig: the public-good one has 1,230 bytes.
	maxSigningConfig = 1 << 20

	// maxCertificateAnswer: Fulcio's chain of three certificates has 3 KB.
	maxCertificateAnswer = 256 << 10

	// maxLogAnswer: an entry with its inclusion proof has 5 KB; a private
	// Rekor v1 may attach more.
	maxLogAnswer = 1 << 20

	// maxTimestampAnswer: a token with a long chain has 6 KB.
	maxTimestampAnswer = 256 << 10

	// maxErrorAnswer is how much is read of an answer that says what went wrong:
	// of its text maxExcerpt bytes are shown.
	maxErrorAnswer = 16 << 10

	// maxAttempts and firstWait bound how often a step is tried. Each wait is
	// twice the one before: 3 s between the five, which outlasts a restart
	// behind a load balancer and does not try anybody's patience.
	maxAttempts = 5
	firstWait   = 200 * time.Millisecond

	// maxRedirects, to the same host, are followed: a trailing slash or a
	// version prefix takes one.
	maxRedirects = 3

	// maxSends is how often net/http may send one request, each redirect counted:
	// twice to a server whose idle connection has just gone.
	maxSends = maxRedirects + 2

	// maxExcerpt is how much of a server's error text goes into an error line.
	maxExcerpt = 200

	// maxErrorText bounds the text of a transport's own error: the longest that
	// are not a server's words name every address that was tried.
	maxErrorText = 1000

	// maxAnswerHeader: services send below 1 KB, the proxies in front of them up
	// to 4 KB of cookies and policies. The default would be 10 MB.
	maxAnswerHeader = 64 << 10
)
