// Package trust holds what a verifier believes in: Sigstore trusted roots,
// read strictly, with the memoised certificate paths that judging many
// objects needs. The public-good instance's root travels in the binary.
package trust
