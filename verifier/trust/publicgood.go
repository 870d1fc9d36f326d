package trust

import (
	_ "embed"
	"sync"
)

// PublicGoodName is the name of the built-in trusted root.
const PublicGoodName = "public-good"

// PublicGoodVersion is the version of targets.json in the public Sigstore instance's TUF
// repository that lists the built-in root (public_good.md). A root of a higher version is
// newer.
const PublicGoodVersion = 14

// publicGoodJSON is the public Sigstore instance's trusted root; public_good.md says how it
// was made.
//
//go:embed public_good.json
var publicGoodJSON []byte

// PublicGood returns the built-in trusted root of the public Sigstore instance, so that
// verifying works with an empty cache and without a network. It is parsed on the first call.
func PublicGood() *Root { return publicGood() }

var publicGood = sync.OnceValue(func() *Root {
	r, err := ParseRoot(PublicGoodName, "built in", publicGoodJSON)
	if err != nil {
		panic("trust: the built-in " + err.Error()) // the file is part of the program, checked by a test
	}
	r.Version = PublicGoodVersion
	return r
})
