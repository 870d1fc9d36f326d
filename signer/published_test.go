package signer

import (
	"errors"
	"testing"
)

func TestReadIdentity(t *testing.T) {
	t.Parallel()
	machine := func(set map[string]any) map[string]any {
		claims := map[string]any{"iss": "https://ci.example.com", "email": nil, "email_verified": nil}
		for name, value := range set {
			claims[name] = value
		}
		return claims
	}
	const workflow = "example/app/.github/workflows/release.yml@refs/heads/main"
	for _, test := range []struct {
		name            string
		claims          map[string]any
		want            Identity
		public, private bool
	}{
		{
			name: "a person",
			want: Identity{Issuer: "https://issuer.example.com", Email: "ana@example.com", Name: "ana@example.com"},
		},
		{
			name:   "a person behind a dex",
			claims: map[string]any{"federated_claims": map[string]any{"connector_id": "https://accounts.example.com"}},
			want:   Identity{Issuer: "https://accounts.example.com", Email: "ana@example.com", Name: "ana@example.com"},
		},
		{
			name: "a workflow of a public repository",
			claims: machine(map[string]any{
				"job_workflow_ref": workflow, "repository": "example/app", "repository_visibility": "public",
			}),
			want: Identity{
				Issuer: "https://ci.example.com", Name: "https://ci.example.com/" + workflow, Project: "example/app", Visibility: "public",
			},
			public: true,
		},
		{
			name:    "of a private one",
			claims:  machine(map[string]any{"sub": "s", "repository": "example/app", "repository_visibility": "private"}),
			want:    Identity{Issuer: "https://ci.example.com", Name: "https://ci.example.com/s", Project: "example/app", Visibility: "private"},
			private: true,
		},
		{
			name:    "of one that a whole company sees",
			claims:  machine(map[string]any{"sub": "s", "project_path": "group/app", "project_visibility": "internal"}),
			want:    Identity{Issuer: "https://ci.example.com", Name: "https://ci.example.com/s", Project: "group/app", Visibility: "internal"},
			private: true,
		},
		{
			name:    "a person's with the project's visibility",
			claims:  map[string]any{"repository": "example/app", "repository_visibility": "private"},
			want:    Identity{Issuer: "https://issuer.example.com", Email: "ana@example.com", Name: "ana@example.com", Project: "example/app", Visibility: "private"},
			private: true,
		},
		{
			name:    "a word that is no text",
			claims:  machine(map[string]any{"sub": "s", "repository_visibility": true}),
			want:    Identity{Issuer: "https://ci.example.com", Name: "https://ci.example.com/s", Visibility: "unknown"},
			private: true,
		},
		{
			name:    "two words",
			claims:  machine(map[string]any{"sub": "s", "repository_visibility": "private", "project_visibility": "public"}),
			want:    Identity{Issuer: "https://ci.example.com", Name: "https://ci.example.com/s", Visibility: "private"},
			private: true,
		},
		{
			name:   "no word",
			claims: machine(map[string]any{"sub": "spiffe://example.com/app"}),
			want:   Identity{Issuer: "https://ci.example.com", Name: "spiffe://example.com/app"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadIdentity(jwt(t, test.claims))
			if err != nil || got != test.want {
				t.Errorf("%+v, %v, want %+v", got, err, test.want)
			}
			if got.Public() != test.public || got.Private() != test.private {
				t.Errorf("public %t, private %t", got.Public(), got.Private())
			}
		})
	}
	var malformed *TokenError
	if _, err := ReadIdentity("no token"); !errors.As(err, &malformed) || malformed.Reason != TokenMalformed {
		t.Errorf("no token: %v", err)
	}
}
