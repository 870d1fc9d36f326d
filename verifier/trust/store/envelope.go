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

// version is of the files of a store. It changes when a reader of the last one
// would go wrong.
const version = 1

// envelope holds a JSON document and its digest, which tells damage: of what is
// in a store everything decides something.
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

// unseal is the inverse of seal. What is not as it was sealed is an error.
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

// unmarshalStrict refuses unknown fields, and bytes behind the end.
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
		return errors.New("bytes behind the end")
	}
	return nil
}
