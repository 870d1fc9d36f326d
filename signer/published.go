package signer

// Identity is the holder of a token as the certificate, and every log that contains
// it, will show them. It is what the token claims; no one has verified it yet.
type Identity struct {
	// Issuer is the issuer that the certificate will name: the token's, or the one
	// that a Dex federates.
	Issuer string
	// Email is the address of a person or of a machine's account; "" if the token has
	// none. The certificate then names a workload.
	Email string
	// Name is the holder's name in the certificate: Email, or the URI of the workflow,
	// pipeline or service. Which URI depends on how Fulcio's operator has set up the
	// issuer; this is the first that may apply.
	Name string
	// Project is the repository or project of the token, as its CI system names it;
	// "" if the token does not say.
	Project string
	// Visibility says who may see Project, by the claims repository_visibility (GitHub)
	// and project_visibility (GitLab): "public", or another value if not everyone may.
	// "" if the token does not say.
	Visibility string
}

// public is the value of both CI systems for a project that everyone may see.
const public = "public"

// Public reports whether the token says that its project is public: then what the
// certificate shows of it is public already.
func (i Identity) Public() bool { return i.Visibility == public }

// Private reports whether the token says that its project is not public.
func (i Identity) Private() bool { return i.Visibility != "" && i.Visibility != public }

// ReadIdentity returns the identity in a token. It checks only the token's form, and
// neither its time nor its audience. Errors are *TokenError.
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
			continue // of two claims, the more restrictive one counts
		}
		id.Project, id.Visibility = t.claims.text(claim.project), visibility
	}
	return id
}

// word returns a claim that has one of a few values; said is false if it is missing. A
// claim that is there but is not a string is "unknown".
func (c claims) word(name string) (word string, said bool) {
	if _, said = c[name]; !said {
		return "", false
	}
	if word = c.text(name); word == "" {
		word = "unknown"
	}
	return word, true
}
