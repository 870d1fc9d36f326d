package strictyaml

const (
	// MaxSize bounds a policy's text: ten thousand identities fit.
	MaxSize = 1 << 20
	// MaxRules bounds the identities and the revocations, each of which
	// is compared with each object.
	MaxRules = 10_000
	// MaxList bounds the lists and mappings of one identity.
	MaxList = 100
)
