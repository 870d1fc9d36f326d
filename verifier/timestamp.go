package verifier

import (
	"encoding/hex"
	"errors"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier/trust"
)

// timestampEvidence is the RFC 3161 token of a signature.
type timestampEvidence struct {
	token     *cms.TimeStampToken // nil when there is none, or none that can be read
	err       error               // why there is none
	named     []*trust.TimestampingAuthority
	authority *trust.TimestampingAuthority // the one that has issued the token, once it is verified
}

func readTimestampEvidence(signed *cms.SignedData, trusted *trust.Root) timestampEvidence {
	var e timestampEvidence
	if signed.SignerInfo.TimeStampToken == nil {
		e.err = &missing{"no timestamp in the signature", false}
		return e
	}
	if e.token, e.err = cms.ParseTimeStampToken(signed.SignerInfo.TimeStampToken); e.err != nil {
		e.token = nil
		return e
	}
	for _, a := range trusted.TimestampAuthorities() {
		if a.Names(e.token) {
			e.named = append(e.named, a)
		}
	}
	return e
}

func (e *timestampEvidence) info() TimestampInfo {
	if e.token == nil {
		return TimestampInfo{}
	}
	i := TimestampInfo{Time: e.token.GenTime, SerialNumber: hex.EncodeToString(e.token.SerialNumber)}
	if e.authority != nil {
		i.URL = e.authority.URI()
	}
	return i
}

// check checks that an authority of the root has put the signature value under
// its clock (RFC 3161, appendix A).
func (e *timestampEvidence) check(signature []byte) error {
	if e.err != nil {
		return e.err
	}
	if len(e.named) == 0 {
		if err := e.token.CheckAlone(); err != nil {
			return err
		}
		return &notInRoot{"timestamp is by an authority that is not in the trusted root"}
	}
	var errs []error
	for _, a := range e.named { // one authority may stand in a root twice, with two windows
		if err := a.VerifyToken(e.token, signature); err != nil {
			errs = append(errs, err)
			continue
		}
		e.authority = a
		if a.Window().Contains(e.token.GenTime) {
			break
		}
	}
	if e.authority == nil {
		return errors.Join(errs...)
	}
	return nil
}
