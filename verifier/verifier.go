// Package verifier judges signatures: bytes, trusted roots and a policy in, a
// Result with a verdict and the outcome of each check out. It reads no file,
// no clock, no environment and no network; docs/verification.md lists the
// checks in their order.
package verifier
