// Command git-seal is the gpg.x509.program that signs Git commits and tags
// with Sigstore, and the git subcommand that tells who signed them.
package main

func main() {}
