package audit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"sync"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// pipeline hands batches of objects from one reader to several processors and
// on to one consumer, in the reader's order.
type pipeline struct {
	options JudgeOptions
	ctx     context.Context
	cancel  context.CancelFunc
	work    chan *batch // for whichever processor is free
	ordered chan *batch // for the consumer
	ended   sync.WaitGroup

	mu    sync.Mutex
	room  sync.Cond // bytes was reduced, or ctx ended
	bytes int       // of the objects that are read and not yet reported
}

// batch is some objects that follow each other.
type batch struct {
	objects []Object
	bytes   int
	results []*Result
	judged  chan struct{} // closed once results are there
	err     error         // that ended the objects behind this batch
}

func newPipeline(ctx context.Context, o JudgeOptions) *pipeline {
	n := o.processors()
	p := &pipeline{
		options: o,
		work:    make(chan *batch, n),
		ordered: make(chan *batch, n*batchesPerProcessor),
	}
	p.room.L = &p.mu
	p.ctx, p.cancel = context.WithCancel(ctx)
	context.AfterFunc(p.ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.room.Broadcast()
	})
	p.ended.Add(n + 1)
	for range n {
		go p.judge()
	}
	return p
}

// stop ends every goroutine and waits for them: the caller's functions are not
// called after Run has returned.
func (p *pipeline) stop() {
	p.cancel()
	p.ended.Wait()
}

// read fills batches until the objects end.
func (p *pipeline) read(objects iter.Seq2[Object, error]) {
	defer p.ended.Done()
	defer close(p.ordered)
	defer close(p.work)
	b := newBatch()
	for o, err := range objects {
		if err != nil {
			b.err = err
			break
		}
		b.objects = append(b.objects, o)
		b.bytes += len(o.Raw)
		if len(b.objects) == batchObjects || b.bytes >= batchBytes {
			if !p.send(b) {
				return
			}
			b = newBatch()
		}
	}
	p.send(b)
}

func newBatch() *batch { return &batch{judged: make(chan struct{})} }

// send waits for room and hands a batch to processors and consumer; false when
// nobody wants more.
func (p *pipeline) send(b *batch) bool {
	p.mu.Lock()
	for p.bytes > 0 && p.bytes+b.bytes > windowBytes && p.ctx.Err() == nil {
		p.room.Wait()
	}
	p.bytes += b.bytes
	p.mu.Unlock()
	select {
	case p.ordered <- b:
	case <-p.ctx.Done():
		return false
	}
	select {
	case p.work <- b:
	case <-p.ctx.Done():
		close(b.judged) // without results: whoever waits sees that ctx has ended
		return false
	}
	return true
}

// release makes room for the batches behind one that was reported.
func (p *pipeline) release(b *batch) {
	p.mu.Lock()
	p.bytes -= b.bytes
	p.mu.Unlock()
	p.room.Signal()
}

// judge judges batches until there are no more. Once ctx has ended it only
// empties the channel.
func (p *pipeline) judge() {
	defer p.ended.Done()
	for b := range p.work {
		for _, o := range b.objects {
			if p.ctx.Err() != nil {
				break
			}
			b.results = append(b.results, p.object(o)...)
		}
		b.objects = nil
		close(b.judged)
	}
}

// object judges an object and the tags in it. A panic in a function of the
// caller's makes the object unknown, never anything better.
func (p *pipeline) object(o Object) (results []*Result) {
	defer func() {
		if broken := recover(); broken != nil {
			results = []*Result{{Part: Part{ID: o.ID, Signed: policy.Object{Type: o.Type}}, Refs: o.Refs,
				Result: &verifier.Result{Reason: fmt.Sprintf("verification broke off: %v", broken), Advice: verifier.ReportObject}}}
		}
	}()
	if o.Err != nil {
		r := &Result{Part: Part{ID: o.ID, Signed: policy.Object{Type: o.Type}, Err: o.Err}, Refs: o.Refs, Missing: true,
			Result: &verifier.Result{Reason: o.Err.Error()}}
		p.review(r)
		return []*Result{r}
	}
	for _, part := range p.options.Parse(o) {
		r := &Result{Part: part, Result: p.part(&part)}
		if part.MergedBy == "" {
			r.Refs = o.Refs
		}
		p.review(r)
		r.Raw, r.Content = nil, nil
		results = append(results, r)
	}
	return results
}

func (p *pipeline) review(r *Result) {
	if p.options.Review != nil {
		p.options.Review(r)
	}
}

// part judges what has a signature of its own, by what is remembered of it
// where something is.
func (p *pipeline) part(part *Part) *verifier.Result {
	if part.Err != nil {
		r := &verifier.Result{Reason: part.Err.Error()}
		if part.Ambiguous {
			r.Verdict = verifier.Bad
		}
		return r
	}
	v, memory := p.options.Verifier, p.options.Memory
	verify := func() *verifier.Result {
		return v.VerifyObject(part.Signed, part.Content.Payload(), part.Content.Signature())
	}
	if memory == nil || !part.Content.IsSigned() {
		return verify()
	}
	key := sha256.Sum256(part.Raw)
	if known := memory.Recall(key); known != nil {
		return v.Decide(part.Signed, known)
	}
	findings := v.Examine(part.Content.Payload(), part.Content.Signature())
	if findings == nil {
		return verify()
	}
	if findings.Sound() {
		memory.Keep(key, findings)
	}
	return v.Decide(part.Signed, findings)
}
