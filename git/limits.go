package git

// Limits on what is read, each refused before the work it would cause.
const (
	// MaxObjectSize caps a commit or tag. The longest messages in public
	// history are a few MiB; git itself knows no limit.
	MaxObjectSize = 16 << 20

	// MaxBlobSize caps a file read out of a commit (a policy), which a
	// person is supposed to be able to read.
	MaxBlobSize = 4 << 20

	// maxHeaders caps the headers of one object, of which an octopus merge
	// has one for each parent (66 in the largest known one).
	maxHeaders = 1 << 16

	// maxConfigSize caps what `git config --list` may print: every include
	// of every scope together.
	maxConfigSize = 16 << 20

	// maxAnswerSize caps what any other call of git may print on stdout.
	maxAnswerSize = 1 << 20

	// maxStderrSize caps what is kept of git's own messages; the last ones
	// name the cause.
	maxStderrSize = 8 << 10

	// walkBuffer is how much of cat-file's answers is read at a time: a few
	// system calls for each hundred objects.
	walkBuffer = 256 << 10

	// maxIDLine is more than any first line that holds an id has.
	maxIDLine = 128

	// maxPeel caps the tags of tags of tags that are followed to a commit.
	maxPeel = 1000

	// maxRevisionSize caps a revision as git is asked for it.
	maxRevisionSize = 4 << 10
)
