package main

import (
	"fmt"
	"io"
	"os"
)

// readFileMax reads a file that may hold at most limit bytes; a longer one is
// an error before it is read whole.
func readFileMax(path string, limit int64) (b []byte, err error) {
	ended := traceRead(path)
	defer func() { ended(len(b), err) }()
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s: is a directory", path)
	}
	if b, err = readMax(f, limit); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// readMax reads a stream that may hold at most limit bytes.
func readMax(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return b, nil
}
