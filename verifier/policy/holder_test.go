package policy_test

import (
	"testing"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier/policy"
)

func TestHolderFindsWhatMatches(t *testing.T) {
	t.Parallel()
	p, err := policy.Parse("policy", []byte(`version: 1
identities:
  - {name: Alice, subject: alice@example.com, issuer: "https://accounts.example.com", committers: [alice@home.example.com]}
  - {name: staff, subject: "*@staff.example.com", issuer: "https://accounts.example.com", committers: [desk@example.com]}
  - {name: robot, subject: "https://ci.example.com/org/repo", issuer: "https://ci.example.com", committers: [robot@example.com]}
keys:
  ssh: {file: allowed_signers, committers: {carol: [carol@example.com]}}
`))
	if err != nil {
		t.Fatal(err)
	}
	const allowed = `dave@example.com,*@lab.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGBb7NEAI2P0E5oKNMcWdLcMzxgHbtFUX8xFwoGQX5jE
carol ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGBb7NEAI2P0E5oKNMcWdLcMzxgHbtFUX8xFwoGQX5jE
`
	if err := p.ReadKeys(func(string) ([]byte, error) { return []byte(allowed), nil }); err != nil {
		t.Fatal(err)
	}
	signer := func(email string) fulcio.CertificateIdentity {
		return fulcio.CertificateIdentity{SubjectAlternativeName: email, Issuer: "https://accounts.example.com", Kind: fulcio.Email}
	}
	for _, tt := range []struct{ address, signer, want string }{
		{"ALICE@example.com", "eve@example.com", `the rule "Alice"`},
		{"alice@home.example.com", "eve@example.com", `the rule "Alice"`},
		{"alice@home.example.com", "alice@example.com", ""},
		{"bob@staff.example.com", "eve@example.com", `the rule "staff"`},
		{"bob@staff.example.com", "eve@staff.example.com", `the rule "staff"`},
		{"eve@staff.example.com", "eve@staff.example.com", ""},
		{"desk@example.com", "eve@staff.example.com", `the rule "staff"`},
		{"robot@example.com", "eve@example.com", `the rule "robot"`},
		{"carol@example.com", "eve@example.com", `the principal "carol" of the key file allowed_signers`},
		{"dave@example.com", "eve@example.com", "line 1 of the key file allowed_signers"},
		{"Erin@Lab.example.com", "eve@example.com", "line 1 of the key file allowed_signers"},
		{"eve@home.example.com", "eve@example.com", ""},
		{"", "eve@example.com", ""},
	} {
		if got := p.Holder(tt.address, signer(tt.signer)); got != tt.want {
			t.Errorf("%s for %s: %q, want %q", tt.address, tt.signer, got, tt.want)
		}
	}
}
