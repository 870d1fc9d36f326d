package cms

import (
	"fmt"

	"go.mozilla.org/pkcs7"
)

// SecondOpinion asks another implementation of CMS, go.mozilla.org/pkcs7,
// whether der is a signature over payload by the key of the certificate in it.
// That implementation never sees bytes that Parse has not accepted, nor any
// that are not DER down to the last value. It also wants signingTime within the certificate's validity, which is true of what
// git-seal writes and not of every sound signature: this is a question to ask
// of one's own signatures.
func SecondOpinion(der, payload []byte) error {
	if _, err := Parse(der); err != nil {
		return err
	}
	// Parse leaves the values of attributes closed; pkcs7 does not.
	whole, err := (&reader{rest: der}).any("ContentInfo")
	if err != nil {
		return err
	}
	if err := checkDER(whole, "ContentInfo", 1); err != nil {
		return err
	}
	p7, err := pkcs7.Parse(der)
	if err != nil {
		return fmt.Errorf("second opinion: %w", err)
	}
	p7.Content = payload
	if err := p7.Verify(); err != nil {
		return fmt.Errorf("second opinion: %w", err)
	}
	return nil
}
