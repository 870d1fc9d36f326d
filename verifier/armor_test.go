package verifier_test

import "encoding/pem"

// armor writes DER as git stores it.
func armor(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "SIGNED MESSAGE", Bytes: der})
}
