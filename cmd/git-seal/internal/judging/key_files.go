package judging

import (
	"fmt"
	"path/filepath"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

// MaxKeyFile bounds what is read of a key file: more than the verifier accepts,
// so that it is the one to say that it is too large.
const MaxKeyFile = 4 << 20

// keyFileReader reads a key file by its name in a policy. The policy has refused
// names that lead away from it.
type keyFileReader func(name string) ([]byte, error)

// KeyFilesBeside reads the key files of a policy in a file, from the directory
// that it lies in.
func KeyFilesBeside(policy settings.Value, trees []string) keyFileReader {
	return func(name string) ([]byte, error) {
		v := settings.Value{Text: filepath.Join(filepath.Dir(policy.Text), filepath.FromSlash(name)), Source: policy.Source, Flag: policy.Flag}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("%q leads away from the policy", name)
		}
		if err := settings.Outside(v, trees); err != nil {
			return nil, err
		}
		return host.ReadFileMax(v.Text, MaxKeyFile)
	}
}
