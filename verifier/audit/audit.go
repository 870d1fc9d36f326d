// Package audit judges whole histories: an iterator of objects in, a result for
// each in the same order out, and a Report that sums them up. It verifies on all
// processors and holds a bounded number of objects at a time, however long the
// history is.
//
// It reads no repository and knows nothing of git's object format: whoever walks
// the history hands over objects and a function that takes them apart. It does
// not render: every output format prints the same Report.
package audit

import (
	"context"
	"crypto/sha256"
	"iter"
	"runtime"

	"github.com/git-seal/git-seal/verifier"
)

// Caps on what is under way at a time, which is what keeps memory flat.
const (
	// batchObjects is how many objects a processor takes at a time: enough that
	// handing them over costs nothing beside an unsigned object.
	batchObjects = 64
	// batchBytes ends a batch early.
	batchBytes = 512 << 10
	// windowBytes bounds the objects that are read and not yet reported. One
	// object alone may be larger.
	windowBytes = 8 << 20
	// batchesPerProcessor bounds how far the fastest processor runs ahead of
	// the slowest.
	batchesPerProcessor = 8
)

// JudgeOptions say by what objects are judged.
type JudgeOptions struct {
	// Verifier judges. Its policy is the audit's.
	Verifier *verifier.Verifier
	// Parse takes an object apart: the object itself first, then the tags in
	// its mergetag headers. It is called for objects without Err, by several
	// goroutines at a time.
	Parse func(Object) []Part
	// Memory, if set, knows the findings of objects that were examined before.
	Memory Memory
	// Review, if set, may overrule the verifier for what only the caller
	// knows, such as the ref by which a tag is served, and say what to do about
	// an Err. It is called for every result, by several goroutines at a time.
	Review func(*Result)
	// Processors is how many goroutines verify; 0 is one for each processor.
	Processors int
}

// Memory keeps findings from one audit to the next, under the SHA-256 of the raw
// object that holds the signature: payload and signature are parts of those
// bytes. Findings are good for the trusted roots and the version of the verifier
// that made them, and no others, which is the implementation's to see to. Only
// sound findings are kept. Both methods are called by several goroutines at a
// time.
type Memory interface {
	// Recall returns nil where nothing, or nothing to be relied on, is known.
	Recall(raw [sha256.Size]byte) *verifier.Findings
	Keep(raw [sha256.Size]byte, f *verifier.Findings)
}

// Judge judges objects and yields a Result for each part of each, in their order.
// It ends early at the first error of objects, or when ctx ends: the error comes
// last, without a result. What was yielded before is sound; what was not is not
// known.
func Judge(ctx context.Context, objects iter.Seq2[Object, error], o JudgeOptions) iter.Seq2[*Result, error] {
	return func(yield func(*Result, error) bool) {
		p := newPipeline(ctx, o)
		defer p.stop()
		go p.read(objects)
		for b := range p.ordered {
			<-b.judged
			for _, r := range b.results {
				if err := context.Cause(ctx); err != nil {
					yield(nil, err)
					return
				}
				if !yield(r, nil) {
					return
				}
			}
			p.release(b)
			if b.err != nil {
				yield(nil, b.err)
				return
			}
		}
		if err := context.Cause(ctx); err != nil {
			yield(nil, err)
		}
	}
}

func (o *JudgeOptions) processors() int {
	if o.Processors > 0 {
		return o.Processors
	}
	return runtime.GOMAXPROCS(0)
}
