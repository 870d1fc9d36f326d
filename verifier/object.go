package verifier

// ObjectType is the type of what is signed, by git's name for it.
type ObjectType string

// The types. The zero value means that the caller does not say.
const (
	Commit          ObjectType = "commit"
	Tag             ObjectType = "tag"
	PushCertificate ObjectType = "push certificate"
)

// Object is what a policy has to know about the signed object beside its
// bytes. The verifier does not parse git's objects: the caller hands over what
// stands in the payload that is verified. Of what is left empty a policy finds
// that it does not match, never that it does.
type Object struct {
	// Type is the object's.
	Type ObjectType
	// Committer is the e-mail address of the commit's committer or the tag's
	// tagger, without angle brackets; empty where readers could disagree
	// about it, and for a push certificate, whose pusher is git's name for a
	// key.
	Committer string
	// TagName is the name that a tag itself carries, not that of a ref.
	TagName string
}
