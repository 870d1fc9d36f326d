package signertest

import (
	"os"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// Services returns the services that a signing configuration of a Sandbox names.
func Services(t testing.TB, file string) signer.Services {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	config, err := signer.ParseSigningConfig(data)
	if err != nil {
		t.Fatal(err)
	}
	services, err := config.Services(time.Now(), signer.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	return services
}
