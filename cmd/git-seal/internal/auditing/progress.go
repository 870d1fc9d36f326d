package auditing

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// Progress is a line on the terminal that tells how far an audit is. The zero
// value tells nothing.
type Progress struct {
	w     io.Writer
	now   func() time.Time
	start time.Time
	total atomic.Int64 // 0: not known yet
	seen  atomic.Int64
	stop  chan struct{}
	ended sync.WaitGroup
}

// progressEvery is how often the line is written anew.
const progressEvery = 100 * time.Millisecond

// StartProgress begins to tell, where standard error is a terminal. total is how
// many objects there are, which is found out meanwhile; nil where no one can say.
func StartProgress(h *host.Host, total func() (int, error)) *Progress {
	p := &Progress{w: h.Stderr, now: h.Now}
	kind, _ := h.Getenv("TERM")
	if kind == "dumb" || !term.IsTerminal(int(h.Stderr.Fd())) {
		return p
	}
	p.start, p.stop = p.now(), make(chan struct{})
	p.ended.Add(1)
	go func() {
		defer p.ended.Done()
		every := time.NewTicker(progressEvery)
		defer every.Stop()
		for {
			select {
			case <-every.C:
				fmt.Fprintf(p.w, "\r\x1b[K%s", p.line(p.now()))
			case <-p.stop:
				fmt.Fprint(p.w, "\r\x1b[K")
				return
			}
		}
	}()
	if total == nil {
		return p
	}
	go func() { // the audit does not wait for it
		if n, err := total(); err == nil {
			p.total.Store(int64(n))
		}
	}()
	return p
}

// Done counts one object.
func (p *Progress) Done() {
	if p != nil {
		p.seen.Add(1)
	}
}

// End takes the line away.
func (p *Progress) End() {
	if p != nil && p.stop != nil {
		close(p.stop)
		p.ended.Wait()
	}
}

// progressWidth is how wide the bar is.
const progressWidth = 24

// line is what is told at a moment: how many of how many, how many a second,
// and how long it will take.
func (p *Progress) line(now time.Time) string {
	seen, total := p.seen.Load(), p.total.Load()
	elapsed := now.Sub(p.start).Seconds()
	rate := 0.0
	if elapsed > 0 {
		rate = float64(seen) / elapsed
	}
	if total == 0 || seen > total {
		return fmt.Sprintf("%d objects, %.0f/s", seen, rate)
	}
	full := int(progressWidth * seen / total)
	line := fmt.Sprintf("[%s%s] %d of %d, %.0f/s", strings.Repeat("#", full), strings.Repeat(".", progressWidth-full), seen, total, rate)
	if rate > 0 {
		left := time.Duration(float64(total-seen) / rate * float64(time.Second))
		line += ", " + left.Round(time.Second).String() + " left"
	}
	return line
}
