package judging

import (
	"fmt"
	"path/filepath"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

// MaxKeyFile limits what is read of a key file. It is more than the verifier
// accepts, so that the verifier reports a file that is too large.
const MaxKeyFile = 4 << 20

// keyFileReader reads a key file by its name in a policy. The policy has refused
// names outside its directory.
type keyFileReader func(name string) ([]byte, error)

// KeyFilesBeside returns a reader of a policy's key files in the directory of the
// policy's file.
func KeyFilesBeside(policy settings.Value, trees []string) keyFileReader {
	return func(name string) ([]byte, error) {
		v := settings.Value{Text: filepath.Join(filepath.Dir(policy.Text), filepath.FromSlash(name)), Source: policy.Source, Flag: policy.Flag}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("%q is outside the policy's directory", name)
		}
		if err := settings.Outside(v, trees); err != nil {
			return nil, err
		}
		return host.ReadFileMax(v.Text, MaxKeyFile)
	}
}
