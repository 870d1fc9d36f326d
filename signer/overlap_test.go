package signer_test

import (
	"bytes"
	"crypto/x509"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/signer"
)

// Certificate and timestamp are handed out before the log answers.
func TestPartsAreShownWhileTheLogIsAsked(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	both.Add(2)
	seen := make(chan struct{})
	go func() {
		both.Wait()
		close(seen)
	}()
	f := newFake(t)
	f.before = func(service signer.Service, _ http.ResponseWriter, _ *http.Request) bool {
		if service == signer.Rekor {
			select {
			case <-seen:
			case <-time.After(soon):
				t.Error("not handed out before the log has answered")
			}
		}
		return false
	}
	var certificate *x509.Certificate
	var token, signed []byte
	s := newSigner(t, signer.Options{
		Services: f.serve(t, 2),
		Certified: func(c *x509.Certificate) {
			certificate = c
			both.Done()
		},
		Timestamped: func(tok, sig []byte) {
			token, signed = tok, sig
			both.Done()
		},
	})
	signature, err := s.Sign(t.Context(), payload, signer.StaticToken(fakeToken(t, nil)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := cms.Parse(signature.DER)
	if err != nil {
		t.Fatal(err)
	}
	if !certificate.Equal(signature.Certificate) || !bytes.Equal(token, got.SignerInfo.TimeStampToken) || !bytes.Equal(signed, got.SignerInfo.Signature) {
		t.Error("not those of the signature")
	}
}
