package verifier_test

import (
	"crypto/elliptic"
	"reflect"
	"testing"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// TestFindingsDoNotDependOnThePolicy: what one verifier has found out, another
// with the same roots decides about by its own policy, as if it had looked
// itself.
func TestFindingsDoNotDependOnThePolicy(t *testing.T) {
	t.Parallel()
	i := newInstance(t, "findings", elliptic.P256(), elliptic.P256())
	root := i.root(t)
	policies := map[string]*policy.Policy{"none": nil, "Ana": allowAna(t)}
	for name, text := range map[string]string{
		"a timestamp too": "version: 1\nrequire: [log, timestamp]\nidentities:\n  - {name: Ana, subject: ana@example.com, issuer: \"https://accounts.example.com\"}\n",
		"a timestamp":     "version: 1\nrequire: [timestamp]\nidentities:\n  - {name: Ana, subject: ana@example.com, issuer: \"https://accounts.example.com\"}\n",
		"Ana revoked": "version: 1\nidentities:\n  - {name: Ana, subject: ana@example.com, issuer: \"https://accounts.example.com\"}\n" +
			"revoked:\n  - {subject: ana@example.com, issuer: \"https://accounts.example.com\"}\n",
	} {
		p, err := policy.Parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		policies[name] = p
	}
	object := policy.Object{Type: policy.Commit, Committer: "ana@example.com"}
	signatures := map[string][]byte{"junk": []byte("junk"), "of something else": i.sign(t, signing{kind: v1, payload: []byte("something else")})}
	for k, name := range kindNames {
		signatures[name] = i.sign(t, signing{kind: k, payload: payload})
	}
	for signed, signature := range signatures {
		findings := newVerifier(t, nil, root).Examine(payload, signature)
		for name, p := range policies {
			v := newVerifier(t, p, root)
			want := v.VerifyObject(object, payload, signature)
			for range 2 { // deciding changes nothing
				if got := v.Decide(object, findings); !reflect.DeepEqual(got, want) {
					t.Errorf("%s, policy %s: %v (%s), want %v (%s)", signed, name, got.Verdict, got.Reason, want.Verdict, want.Reason)
				}
			}
			if sound := want.Verdict != verifier.Bad && want.Verdict != verifier.Unknown; findings.Sound() != sound {
				t.Errorf("%s is %v, and sound: %v", signed, want.Verdict, findings.Sound())
			}
		}
	}
	for _, other := range []string{"", "-----BEGIN PGP SIGNATURE-----\n", "-----BEGIN SSH SIGNATURE-----\n"} {
		if f := newVerifier(t, nil, root).Examine(payload, []byte(other)); f != nil {
			t.Errorf("%q has findings", other)
		}
	}
}

// TestFindingsOfABrokenVerifierAreNotSound: what broke off is kept nowhere.
func TestFindingsOfABrokenVerifierAreNotSound(t *testing.T) {
	t.Parallel()
	i := newInstance(t, "findings", elliptic.P256(), elliptic.P256())
	v := verifier.Broken()
	f := v.Examine(payload, i.sign(t, signing{kind: v1, payload: payload}))
	if f.Sound() {
		t.Error("sound")
	}
	if r := v.Decide(policy.Object{}, f); r.Verdict != verifier.Unknown || r.Reason == "" {
		t.Errorf("%v (%s)", r.Verdict, r.Reason)
	}
}

// TestRememberedTimestampsAreOfOneRootAndCertificate: that a certificate's
// timestamp holds by one root says nothing about another root, nor about another
// certificate.
func TestRememberedTimestampsAreOfOneRootAndCertificate(t *testing.T) {
	t.Parallel()
	i := newInstance(t, "remembered", elliptic.P256(), elliptic.P256())
	other := *i
	other.ctlog = newInstance(t, "another", elliptic.P256(), elliptic.P256()).ctlog
	signature := i.sign(t, signing{kind: v1, payload: payload})
	forged := i.sign(t, signing{kind: v1, payload: payload, sct: func(in *sctInput) { in.key = other.ctlog }})

	good, stranger := i.root(t), other.root(t)
	v := newVerifier(t, allowAna(t), stranger, good)
	for range 2 {
		r := v.Verify(payload, signature)
		if r.Verdict != verifier.Good || r.Root != good {
			t.Errorf("%v (%s)", r.Verdict, r.Reason)
		}
		if r := v.Verify(payload, forged); r.Verdict != verifier.Bad {
			t.Errorf("a timestamp by another key: %v (%s)", r.Verdict, r.Reason)
		}
	}
}
