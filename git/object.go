// Package git reads what git stores and speaks git's language back to it: it
// splits commits and tags into signature and signed payload by spans of the
// raw bytes, reads objects and configuration through the git program, and
// writes the status lines that git parses. It judges nothing and it never
// re-encodes an object: the bytes that are verified are the bytes git stores.
package git

// ObjectFormat is a repository's hash algorithm, by git's name for it
// (extensions.objectFormat).
type ObjectFormat string

const (
	SHA1   ObjectFormat = "sha1"
	SHA256 ObjectFormat = "sha256"
)

// ObjectType is the type git keeps in an object's header. Only commits and
// tags can be signed.
type ObjectType string

const (
	Commit ObjectType = "commit"
	Tag    ObjectType = "tag"
)

// Scheme is the kind of signature, told as git tells it: by the armor's first
// line.
type Scheme string

const (
	None    Scheme = ""
	X509    Scheme = "x509"    // -----BEGIN SIGNED MESSAGE-----
	OpenPGP Scheme = "openpgp" // -----BEGIN PGP SIGNATURE----- or MESSAGE
	SSH     Scheme = "ssh"     // -----BEGIN SSH SIGNATURE-----
	Junk    Scheme = "junk"    // a signature header that holds none of these
)

// Object is a commit or tag split into spans of its raw bytes.
type Object struct {
	Format ObjectFormat
	Type   ObjectType
	Raw    []byte // as `git cat-file` prints it, without the "commit 123\0" header
}
