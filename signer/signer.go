// Package signer turns an identity into a signature: an ID token, an ephemeral
// key, a certificate, signed attributes, log entry and timestamp. It does not
// judge what it made: its caller verifies before anybody sees it.
package signer
