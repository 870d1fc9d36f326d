package auditing

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// rawName is a ref's name or a commit's subject, byte by byte. In JSON it is text or, where it is no
// UTF-8, which text would not keep, an object with the bytes in base64.
type rawName string

type rawNameBytes struct {
	Base64 []byte `json:"base64"`
}

func (n rawName) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(n)) {
		return json.Marshal(string(n))
	}
	return json.Marshal(rawNameBytes{[]byte(n)})
}

// UnmarshalJSON reads the one form that a name has.
func (n *rawName) UnmarshalJSON(text []byte) error {
	if text[0] != '{' {
		return json.Unmarshal(text, (*string)(n))
	}
	var raw rawNameBytes
	if err := strictJSON(text, &raw); err != nil {
		return err
	}
	if utf8.Valid(raw.Base64) {
		return errors.New("a name in base64 that is text")
	}
	*n = rawName(raw.Base64)
	return nil
}
