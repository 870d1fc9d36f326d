package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	ctclient "github.com/google/certificate-transparency-go/client"
	"github.com/google/certificate-transparency-go/jsonclient"
	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/sigstore/fulcio/pkg/ca"
	"github.com/sigstore/fulcio/pkg/ca/baseca"
	"github.com/sigstore/fulcio/pkg/config"
	fulciopb "github.com/sigstore/fulcio/pkg/generated/protobuf"
	"github.com/sigstore/fulcio/pkg/generated/protobuf/legacy"
	"github.com/sigstore/fulcio/pkg/server"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore/pkg/signature"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// fulcioMaxBody is the largest request that Fulcio reads, as in its own server.
const fulcioMaxBody = 4 << 20

// startFulcio starts the certificate authority, with both of its HTTP interfaces (v2, and v1 that gitsign uses). The
// OpenID provider and the CT log must answer already.
func (s *sandbox) startFulcio(authority authority) error {
	if err := ca.VerifyCertChain(authority.chain, authority.signer); err != nil {
		return fmt.Errorf("certificate chain: %w", err)
	}
	cfg, err := fulcioConfig(s.url(serviceOIDC))
	if err != nil {
		return err
	}
	algorithms, err := signature.NewAlgorithmRegistryConfig([]protocommon.PublicKeyDetails{
		protocommon.PublicKeyDetails_PKIX_ECDSA_P256_SHA_256,
		protocommon.PublicKeyDetails_PKIX_ECDSA_P384_SHA_384,
		protocommon.PublicKeyDetails_PKIX_ECDSA_P521_SHA_512,
		protocommon.PublicKeyDetails_PKIX_RSA_PKCS1V15_2048_SHA256,
		protocommon.PublicKeyDetails_PKIX_RSA_PKCS1V15_3072_SHA256,
		protocommon.PublicKeyDetails_PKIX_RSA_PKCS1V15_4096_SHA256,
		protocommon.PublicKeyDetails_PKIX_ED25519,
	})
	if err != nil {
		return fmt.Errorf("signing algorithms: %w", err)
	}
	// A CT log that does not answer would hold every request for ever without the timeout.
	ctLog, err := ctclient.New(s.url(serviceCTLog)+"/"+ctLogPrefix, &http.Client{Timeout: 30 * time.Second}, jsonclient.Options{})
	if err != nil {
		return fmt.Errorf("CT log client: %w", err)
	}
	issuer := &baseca.BaseCA{SignerWithChain: &ca.SignerCerts{Signer: authority.signer, Certs: authority.chain}}
	caServer := server.NewGRPCCAServer(ctLog, issuer, algorithms, spoiledIssuers(server.NewIssuerPool(cfg)))

	// The gateway calls the server directly, without a gRPC connection between them.
	mux := runtime.NewServeMux(
		runtime.WithMetadata(bearerToken),
		runtime.WithForwardResponseOption(fulcioResponse))
	if err := fulciopb.RegisterCAHandlerServer(context.Background(), mux, caServer); err != nil {
		return err
	}
	if err := legacy.RegisterCAHandlerServer(context.Background(), mux, server.NewLegacyGRPCCAServer(caServer)); err != nil {
		return err
	}
	s.faults.own[serviceFulcio] = fulcioSpoils
	s.serve(serviceFulcio, http.MaxBytesHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Fulcio looks its configuration up in the context of each request.
		mux.ServeHTTP(w, r.WithContext(config.With(r.Context(), cfg)))
	}), fulcioMaxBody))
	return nil
}

// fulcioConfig is Fulcio's configuration: e-mail identities of one issuer. Reading it fetches the issuer's discovery
// document; a failed fetch is only logged by Fulcio, which tries again with the first request.
func fulcioConfig(issuer string) (*config.FulcioConfig, error) {
	data, err := json.Marshal(config.FulcioConfig{
		OIDCIssuers: map[string]config.OIDCIssuer{
			issuer: {IssuerURL: issuer, ClientID: clientID, Type: config.IssuerTypeEmail},
		},
	})
	if err != nil {
		return nil, err
	}
	cfg, err := config.Read(data)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return cfg, nil
}

// bearerToken hands the token of the Authorization header to Fulcio's server, as Fulcio's own gateway does.
func bearerToken(_ context.Context, r *http.Request) metadata.MD {
	return metadata.Pairs(server.MetadataOIDCTokenKey, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
}

// fulcioResponse turns what the server says in gRPC metadata into an HTTP status and headers, as Fulcio's own gateway
// does.
func fulcioResponse(ctx context.Context, w http.ResponseWriter, _ proto.Message) error {
	md, ok := runtime.ServerMetadataFromContext(ctx)
	if !ok {
		return nil
	}
	if sct := md.HeaderMD.Get(server.SCTMetadataKey); len(sct) > 0 {
		w.Header().Set("SCT", sct[0])
	}
	for header := range w.Header() {
		if strings.HasPrefix(header, "Grpc-") {
			delete(w.Header(), header)
		}
	}
	if status := md.HeaderMD.Get(server.HTTPResponseCodeMetadataKey); len(status) > 0 {
		code, err := strconv.Atoi(status[0])
		if err != nil {
			return err
		}
		w.WriteHeader(code)
	}
	return nil
}
