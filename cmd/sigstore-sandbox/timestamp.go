package main

import (
	"net/http"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/runtime/middleware"
	"github.com/sigstore/timestamp-authority/v2/pkg/api"
	"github.com/sigstore/timestamp-authority/v2/pkg/generated/restapi/operations/timestamp"
	"github.com/spf13/viper"
)

const (
	timestampPath      = "/api/v1/timestamp"
	timestampChainPath = "/api/v1/timestamp/certchain"

	// timestampMaxBody is the largest request that the authority reads, as in its own server.
	timestampMaxBody = 1 << 20

	// timestampPolicy is the policy that the authority's own server defaults to.
	timestampPolicy = "1.3.6.1.4.1.57264.2"
)

// startTimestamp starts the RFC 3161 timestamp authority and returns its chain.
//
// Its handlers are called without the router that is generated for them: that package and Rekor's both register the
// same command line flags when they are loaded, and cannot live in one process.
func (s *sandbox) startTimestamp() (authority, error) {
	tsa, err := s.keys.timestampAuthority()
	if err != nil {
		return authority{}, err
	}
	for key, value := range map[string]any{
		"timestamp-signer":         "file",
		"timestamp-signer-hash":    "sha384",
		"file-signer-key-path":     s.keys.path("timestamp"),
		"certificate-chain-path":   tsa.chainPath,
		"default-policy-oid":       timestampPolicy,
		"accepted-policy-oids":     []string{timestampPolicy},
		"use-http-201":             true, // the only status that clients of older releases accept
		"enforce-intermediate-eku": true,
	} {
		viper.Set(key, value)
	}
	if err := recovered(api.ConfigureAPI); err != nil {
		return authority{}, err
	}

	mux := http.NewServeMux()
	mux.HandleFunc("POST "+timestampPath, func(w http.ResponseWriter, r *http.Request) {
		respond(w, api.TimestampResponseHandler(timestamp.GetTimestampResponseParams{HTTPRequest: r, Request: r.Body}),
			"application/timestamp-reply", runtime.ByteStreamProducer())
	})
	mux.HandleFunc("GET "+timestampChainPath, func(w http.ResponseWriter, r *http.Request) {
		respond(w, api.GetTimestampCertChainHandler(timestamp.GetTimestampCertChainParams{HTTPRequest: r}),
			"application/pem-certificate-chain", runtime.TextProducer())
	})
	s.faults.own[serviceTimestamp] = timestampSpoils
	s.serve(serviceTimestamp, http.MaxBytesHandler(mux, timestampMaxBody))
	return tsa, nil
}

// respond writes what a handler answered. Errors are JSON, whatever the type of a good answer.
func respond(w http.ResponseWriter, responder middleware.Responder, contentType string, producer runtime.Producer) {
	switch responder.(type) {
	case *timestamp.GetTimestampResponseOK, *timestamp.GetTimestampResponseCreated, *timestamp.GetTimestampCertChainOK:
	default:
		contentType, producer = runtime.JSONMime, runtime.JSONProducer()
	}
	w.Header().Set("Content-Type", contentType)
	responder.WriteResponse(w, producer)
}
