package main

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a terminal of the test's own, and what programs have written to
// it.
type terminal struct {
	tty    *os.File // the programs' side
	person *os.File // the other: what is written there was typed

	mu    sync.Mutex
	shown bytes.Buffer
	more  chan struct{} // holds one when there is more than was looked at
}

// newTerminal opens a terminal that closes with the test.
func newTerminal(t *testing.T) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	term := &terminal{tty: tty, person: master, more: make(chan struct{}, 1)}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if err != nil {
				return
			}
			term.mu.Lock()
			term.shown.Write(buf[:n])
			term.mu.Unlock()
			select {
			case term.more <- struct{}{}:
			default:
			}
		}
	}()
	return term
}

// typed types a text, in which \x03 is Ctrl-C.
func (term *terminal) typed(t *testing.T, text string) {
	t.Helper()
	if _, err := term.person.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// text is what was shown so far, with plain line ends.
func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return string(bytes.ReplaceAll(term.shown.Bytes(), []byte("\r\n"), []byte("\n")))
}

// await waits for a text that the pattern's function finds something in.
func (term *terminal) await(t *testing.T, what string, find func(text string) (string, bool)) string {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		if found, ok := find(term.text()); ok {
			return found
		}
		select {
		case <-term.more:
		case <-deadline:
			t.Fatalf("the terminal never shows %s:\n%s", what, term.text())
		}
	}
}
