package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"github.com/google/certificate-transparency-go/trillian/ctfe"
	"github.com/google/certificate-transparency-go/trillian/ctfe/configpb"
	"github.com/google/trillian/crypto/keys"
	"github.com/google/trillian/crypto/keys/der"
	"github.com/google/trillian/crypto/keyspb"
	"github.com/google/trillian/monitoring"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"google.golang.org/protobuf/types/known/anypb"
)

// ctLogPrefix is the first part of the paths of the CT log, whose server can hold several logs.
const ctLogPrefix = "sandbox"

// startCTLog starts the certificate transparency log that Fulcio submits to. It accepts what chains up to Fulcio's root.
func (s *sandbox) startCTLog(ctx context.Context, trillian *trillianServer, fulcio authority) (transparencyLog, error) {
	signer, err := s.keys.signer("ctlog", generateP256)
	if err != nil {
		return transparencyLog{}, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return transparencyLog{}, err
	}
	key, err := anypb.New(&keyspb.PrivateKey{Der: keyDER})
	if err != nil {
		return transparencyLog{}, err
	}
	keys.RegisterHandler(&keyspb.PrivateKey{}, der.FromProto)

	rootPEM, err := cryptoutils.MarshalCertificateToPEM(fulcio.root())
	if err != nil {
		return transparencyLog{}, err
	}
	if err := s.dir.save("keys/fulcio.root.pem", rootPEM, 0o644); err != nil {
		return transparencyLog{}, err
	}
	treeID, err := trillian.newTree(ctx)
	if err != nil {
		return transparencyLog{}, err
	}
	config, err := ctfe.ValidateLogConfig(&configpb.LogConfig{
		LogId:        treeID,
		Prefix:       ctLogPrefix,
		RootsPemFile: []string{s.dir.path("keys", "fulcio.root.pem")},
		PrivateKey:   key,
	})
	if err != nil {
		return transparencyLog{}, fmt.Errorf("configuration: %w", err)
	}
	instance, err := ctfe.SetUpInstance(ctx, ctfe.InstanceOptions{
		Validated:     config,
		Client:        trillian.logClient(),
		Deadline:      10 * time.Second,
		MetricFactory: monitoring.InertMetricFactory{},
		RequestLog:    new(ctfe.DefaultRequestLog),
	})
	if err != nil {
		return transparencyLog{}, err
	}
	mux := http.NewServeMux()
	for path, handler := range instance.Handlers {
		mux.Handle(path, handler)
	}
	s.serve(serviceCTLog, mux)
	return newTransparencyLog(s.url(serviceCTLog)+"/"+ctLogPrefix, signer.Public())
}
