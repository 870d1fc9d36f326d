package host

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Underlying returns an error without the name that os gives a standard stream.
func Underlying(err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}

// ReadFileMax reads a file of at most limit bytes. A longer file is an error, and
// is not read to its end.
func ReadFileMax(path string, limit int64) (b []byte, err error) {
	ended := TraceRead(path)
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
		return nil, &os.PathError{Op: "read", Path: path, Err: errors.New("is a directory")}
	}
	if b, err = ReadMax(f, limit); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// ReadMax reads a stream of at most limit bytes.
func ReadMax(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("larger than the limit of %d bytes", limit)
	}
	return b, nil
}

// MaxRevisions limits the size of a list of revisions: the full IDs of a million
// commits take 41 MB, those of SHA-256 65 MB.
const MaxRevisions = 128 << 20

func Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
