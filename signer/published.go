package signer

// Identity is whom a token speaks for: what the certificate, and with it every
// log that takes it in, will show of its holder. It is the token's word, which
// nobody has verified yet.
type Identity struct {
	// Issuer is the provider whose name the certificate bears: the token's, or
	// the one behind a dex that federates it.
	Issuer string
	// Email is the address of a person or of a machine's account; "" where the
	// token names none. The certificate then names a workload.
	Email string
	// Name is how the certificate will name the holder: Email, or the URI of
	// the workflow, pipeline or service. Which URI hangs on how Fulcio's
	// operator has set up the issuer; this is the first that may apply.
	Name string
	// Project is the repository or project that the token was made in, as its
	// CI system names it; "" where the token does not say.
	Project string
	// Visibility is who may see Project by the claims repository_visibility
	// (GitHub) and project_visibility (GitLab): "public", or their word for
	// fewer. "" where the token does not say.
	Visibility string
}

// public is the word of both CI systems for what anybody may see.
const public = "public"

// Public is whether the token says that its project is open to anybody: what
// the certificate tells of it is public already.
func (i Identity) Public() bool { return i.Visibility == public }

// Private is whether the token says that its project is not.
func (i Identity) Private() bool { return i.Visibility != "" && i.Visibility != public }

// ReadIdentity returns whom a token speaks for. Nothing of it is checked but its
// form: neither that it is in date, nor for whom it is. Errors are *TokenError.
func ReadIdentity(token string) (Identity, error) {
	t, err := parseToken(token)
	if err != nil {
		return Identity{}, err
	}
	return t.identity(), nil
}

func (t *idToken) identity() Identity {
	issuers := t.issuers()
	id := Identity{Issuer: issuers[len(issuers)-1], Email: t.email, Name: t.subject}
	if names, _ := t.identities(); len(names) > 0 {
		id.Name = names[0].value
	}
	for _, claim := range []struct{ project, visibility string }{
		{"repository", "repository_visibility"},
		{"project_path", "project_visibility"},
	} {
		visibility, said := t.claims.word(claim.visibility)
		if !said || id.Private() {
			continue // of two claims the one that says less is the one that counts
		}
		id.Project, id.Visibility = t.claims.text(claim.project), visibility
	}
	return id
}

// word is a claim that takes one of a few words. One that is there and is
// none of a string's is no word that anybody knows, and not the same as none.
func (c claims) word(name string) (word string, said bool) {
	if _, said = c[name]; !said {
		return "", false
	}
	if word = c.text(name); word == "" {
		word = "unknown"
	}
	return word, true
}
