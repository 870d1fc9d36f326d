package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// version is the version of the files of a store. It changes if programs for the previous
// version would misread the new one.
const version = 1

// envelope contains a JSON document and its digest, which shows damage: everything in a
// store decides something.
type envelope struct {
	Version int             `json:"version"`
	SHA256  string          `json:"sha256"` // of the bytes of content
	Content json.RawMessage `json:"content"`
}

// seal puts a JSON document into an envelope, byte for byte.
func seal(content []byte) []byte {
	content = bytes.TrimSpace(content)
	return fmt.Appendf(nil, "{\"version\":%d,\"sha256\":%q,\"content\":%s}\n", version, digest(content), content)
}

// unseal is the inverse of seal. It returns an error if the content was changed.
func unseal(text []byte) ([]byte, error) {
	var e envelope
	if err := unmarshalStrict(text, &e); err != nil {
		return nil, err
	}
	switch {
	case e.Version != version:
		return nil, fmt.Errorf("version %d, want %d", e.Version, version)
	case digest(e.Content) != e.SHA256:
		return nil, fmt.Errorf("sha256 is %s, want %q", digest(e.Content), e.SHA256)
	}
	return e.Content, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// unmarshalStrict returns an error for unknown fields and trailing bytes.
func unmarshalStrict(text []byte, v any) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return errors.New("empty")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("trailing bytes")
	}
	return nil
}
