// Package cms reads and builds the CMS SignedData (RFC 5652) that git keeps as
// an X.509 signature, and maps it to a Sigstore bundle. Bytes from outside
// meet one strict DER reader here before anything else sees them; docs/format.md
// is the specification. It checks mathematics and form, never trust.
package cms
