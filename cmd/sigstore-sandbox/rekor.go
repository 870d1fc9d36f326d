package main

import (
	"fmt"
	"strconv"

	"github.com/alicebob/miniredis/v2"
	"github.com/go-openapi/loads"
	"github.com/sigstore/rekor/pkg/api"
	"github.com/sigstore/rekor/pkg/generated/restapi"
	"github.com/sigstore/rekor/pkg/generated/restapi/operations"
	"github.com/sigstore/rekor/pkg/types"
	"github.com/sigstore/rekor/pkg/types/dsse"
	_ "github.com/sigstore/rekor/pkg/types/dsse/v0.0.1" // registers the version
	"github.com/sigstore/rekor/pkg/types/hashedrekord"
	_ "github.com/sigstore/rekor/pkg/types/hashedrekord/v0.0.1" // registers the version
	"github.com/spf13/viper"
)

// startRekor starts the Rekor v1 log. Its search index lives in an in-memory Redis, its tree in Trillian.
//
// Rekor reads its configuration from the process-wide viper, which Rekor v2 and the timestamp authority share. Their
// keys differ but for client-signing-algorithms, which is left at its default.
func (s *sandbox) startRekor(trillian *trillianServer) (transparencyLog, error) {
	signer, err := s.keys.signer("rekor", generateP256)
	if err != nil {
		return transparencyLog{}, err
	}
	index := miniredis.NewMiniRedis()
	if err := index.StartAddr(loopback + ":0"); err != nil {
		return transparencyLog{}, fmt.Errorf("search index: %w", err)
	}
	s.stops = append(s.stops, index.Close)
	indexPort, err := strconv.Atoi(index.Port())
	if err != nil {
		return transparencyLog{}, fmt.Errorf("search index: %w", err)
	}

	for key, value := range map[string]any{
		"rekor_server.hostname":         loopback,
		"rekor_server.signer":           s.keys.path("rekor"),
		"trillian_log_server.address":   loopback,
		"trillian_log_server.port":      trillian.port,
		"enable_retrieve_api":           true,
		"search_index.storage_provider": "redis",
		"redis_server.address":          loopback,
		"redis_server.port":             indexPort,
		"max_request_body_size":         32 << 20,
		"enabled_api_endpoints": []string{
			"searchIndex", "getLogInfo", "getPublicKey", "getLogProof", "createLogEntry",
			"getLogEntryByIndex", "getLogEntryByUUID", "searchLogQuery",
		},
	} {
		viper.Set(key, value)
	}
	types.SetAllowedKindsForSubmission([]string{hashedrekord.KIND, dsse.KIND})

	doc, err := loads.Embedded(restapi.SwaggerJSON, restapi.FlatSwaggerJSON)
	if err != nil {
		return transparencyLog{}, fmt.Errorf("API description: %w", err)
	}
	const newTree = 0 // Rekor makes its own
	if err := recovered(func() { api.ConfigureAPI(newTree) }); err != nil {
		return transparencyLog{}, err
	}
	server := restapi.NewServer(operations.NewRekorServerAPI(doc))
	server.ConfigureAPI()
	s.faults.own[serviceRekor] = logSpoils(proposeV1)
	s.serve(serviceRekor, server.GetHandler())
	return newTransparencyLog(s.url(serviceRekor), signer.Public())
}

// recovered calls f and returns what it panicked with. The components' configuration functions report errors so.
func recovered(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	f()
	return nil
}
