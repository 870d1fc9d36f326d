package policy

import (
	"errors"

	"go.yaml.in/yaml/v3"

	"github.com/git-seal/git-seal/verifier/policy/strictyaml"
)

// fieldError is an error about the value of one key of a policy.
type fieldError struct {
	key string
	err error
}

func (e *fieldError) Error() string { return e.key + ": " + e.err.Error() }

func (e *fieldError) Unwrap() error { return e.err }

// atField is an error about the value of a key of a mapping.
func atField(f *strictyaml.File, n *yaml.Node, err error) error {
	var field *fieldError
	if !errors.As(err, &field) {
		return strictyaml.At(n, err.Error(), "see docs/policy.md")
	}
	where := f.ValueOf(n, field.key)
	return &strictyaml.Error{Line: where.Line, Column: where.Column, Err: err, Hint: fieldHints[field.key], Key: field.key}
}

// fieldHints say what each key is for.
var fieldHints = map[string]string{
	"name":       "a name is any text by which people know the signer",
	"subject":    "write the name in the certificate, whole, or a pattern whose host and owner, or domain, are fixed: \"*@example.com\", \"https://forge.example.com/acme/*\"",
	"issuer":     "write the URL of the OpenID provider as the certificate has it: https://accounts.example.com",
	"committers": "write e-mail addresses alone, as git has them: [12345+ana@users.noreply.example.com]",
	"tags":       "write names of tags without refs/tags/, with * for any text without / and @: [\"v*\"]; for every object, leave the key out",
	"trust":      "write the name of a trusted root",
	"until":      "from is the first moment that counts, until the first that no longer does",
	"reason":     "a reason is any text",
}

// Error says where and why a policy was refused.
type Error = strictyaml.Error
