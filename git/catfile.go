package git

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// catFile is one running `git cat-file --batch-command`: a question, an answer.
// It is not safe for parallel use.
type catFile struct {
	options Options
	args    []string
	cmd     *exec.Cmd
	cancel  context.CancelFunc
	stdin   io.WriteCloser
	stdout  *bufio.Reader
	stderr  *tailBuffer
	ended   func()
}

// objectInfo is what git knows of an object without reading it.
type objectInfo struct {
	id, typ string
	size    int64
}

// catFileArgs are walkArgs, and bound what git keeps of the trees that it looks
// into: the default is 96 MB.
var catFileArgs = append(slices.Clone(walkArgs), "-c", "core.deltaBaseCacheLimit=16m")

func startCatFile(o Options) (*catFile, error) {
	ctx, cancel := context.WithCancel(context.Background())
	args := append(slices.Clone(catFileArgs), "cat-file", "--batch-command")
	cmd, err := o.command(ctx, args...)
	if err != nil {
		cancel()
		return nil, err
	}
	c := &catFile{options: o, args: args, cmd: cmd, cancel: cancel, ended: o.trace(args),
		stderr: &tailBuffer{max: maxStderrSize}}
	cmd.Stderr = c.stderr
	ownGroup(cmd)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	c.stdout = bufio.NewReaderSize(stdout, 64<<10)
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		cancel()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, o.failure(context.Background(), args, "", err)
	}
	return c, nil
}

// info asks which object rev names. rev must have passed checkRevision.
func (c *catFile) info(rev string) (objectInfo, error) {
	return c.ask("info", rev)
}

// contents asks for an object by its id and returns its bytes, of which there
// must be as many as info has said.
func (c *catFile) contents(want objectInfo) ([]byte, error) {
	if err := c.askContents(want); err != nil {
		return nil, err
	}
	content := make([]byte, want.size)
	if _, err := io.ReadFull(c.stdout, content); err != nil {
		return nil, err
	}
	return content, c.endContents()
}

// beginning is contents of an object of any size, of which it returns the first
// bytes: as many as a line with an id has.
func (c *catFile) beginning(want objectInfo) ([]byte, error) {
	if err := c.askContents(want); err != nil {
		return nil, err
	}
	start := make([]byte, min(want.size, maxIDLine))
	if _, err := io.ReadFull(c.stdout, start); err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, c.stdout, want.size-int64(len(start))); err != nil {
		return nil, err
	}
	return start, c.endContents()
}

func (c *catFile) askContents(want objectInfo) error {
	got, err := c.ask("contents", want.id)
	if err == nil && got != want {
		err = fmt.Errorf("git cat-file: object %s: was %s of %d bytes, is %s of %d", want.id, want.typ, want.size, got.typ, got.size)
	}
	return err
}

func (c *catFile) endContents() error {
	if end, err := c.stdout.ReadByte(); err != nil {
		return err
	} else if end != '\n' {
		return errors.New("git cat-file: no newline after the object")
	}
	return nil
}

// peel follows an object to the commit or the tree that it leads to. Asked for
// "ID^{tree}", git would parse every object on the way and keep it: all the trees
// of all the refs of a large repository.
func (c *catFile) peel(id, to string) (objectInfo, error) {
	for range maxPeel {
		info, err := c.info(id)
		if err != nil || info.typ == to {
			return info, err
		}
		if info.typ != string(Tag) && !(info.typ == string(Commit) && to == "tree") {
			break
		}
		// Its first line has what it leads to, as git reads it.
		start, err := c.beginning(info)
		if err != nil {
			return objectInfo{}, err
		}
		line, _, _ := bytes.Cut(start, []byte("\n"))
		name, value, _ := bytes.Cut(line, []byte(" "))
		format, _ := formatOf(id)
		if want := map[string]string{string(Tag): "object", string(Commit): "tree"}[info.typ]; string(name) != want || !isID(value, format) {
			break
		}
		id = string(value)
	}
	return objectInfo{}, answerError{ErrMissing}
}

// answerError is an answer of git's that leaves it running and in step.
type answerError struct{ error }

func (e answerError) Unwrap() error { return e.error }

// ask puts one question and reads the line that answers it: "id type size", or
// the question with a word for why there is none.
func (c *catFile) ask(verb, name string) (objectInfo, error) {
	if _, err := io.WriteString(c.stdin, verb+" "+name+"\n"); err != nil {
		return objectInfo{}, err
	}
	line, err := c.stdout.ReadSlice('\n')
	if err != nil {
		return objectInfo{}, err
	}
	answer := strings.TrimSuffix(string(line), "\n")
	switch answer {
	case name + " missing":
		return objectInfo{}, answerError{ErrMissing}
	case name + " ambiguous":
		return objectInfo{}, answerError{ErrAmbiguousName}
	}
	fields := strings.Split(answer, " ")
	if len(fields) != 3 {
		return objectInfo{}, fmt.Errorf("git cat-file: unexpected answer %q", answer)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if _, ok := formatOf(fields[0]); !ok || err != nil || size < 0 {
		return objectInfo{}, fmt.Errorf("git cat-file: unexpected answer %q", answer)
	}
	return objectInfo{id: fields[0], typ: fields[1], size: size}, nil
}

// kill ends git at once. It may be called while another call is under way.
func (c *catFile) kill() { c.cancel() }

// close lets git end by itself and waits for it. What git had to say, if it
// failed, is the error.
func (c *catFile) close() error {
	defer c.cancel()
	c.stdin.Close()
	err := c.cmd.Wait()
	c.ended()
	if err == nil {
		return nil
	}
	return c.options.failure(context.Background(), c.args, c.stderr.String(), err)
}
