package trust

import (
	_ "embed"
	"sync"
)

// PublicGoodName is the name of the embedded root.
const PublicGoodName = "public-good"

// PublicGoodVersion is the version of the targets.json of the public-good
// instance's TUF repository that lists the embedded root (public_good.md). A root
// of a higher version is newer.
const PublicGoodVersion = 14

// publicGoodJSON is the public-good instance's trusted root as
// public_good.md says it came about.
//
//go:embed public_good.json
var publicGoodJSON []byte

// PublicGood returns the trusted root of the Sigstore public-good instance as
// it was when this program was built, so that verification works with an empty
// cache and no network. It is parsed on the first call.
func PublicGood() *Root { return publicGood() }

var publicGood = sync.OnceValue(func() *Root {
	r, err := ParseRoot(PublicGoodName, "built in", publicGoodJSON)
	if err != nil {
		panic("trust: the embedded " + err.Error()) // the file is part of the program; a test holds it
	}
	r.Version = PublicGoodVersion
	return r
})
