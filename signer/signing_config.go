package signer

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	prototrustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
)

// publicGoodJSON is described in public_good.md.
//
//go:embed public_good.json
var publicGoodJSON []byte

// The API versions that this package implements, as signing configurations number them.
var (
	fulcioVersions    = []uint32{1}
	rekorVersions     = []uint32{1, 2}
	timestampVersions = []uint32{1}
	oidcVersions      = []uint32{1}
)

// SigningConfig names the services of a Sigstore instance, and when to use each of them
// (protobuf-specs, dev.sigstore.trustroot.v1).
type SigningConfig struct {
	config *prototrustroot.SigningConfig
}

// Overrides are URLs that replace those of a signing configuration. An empty one keeps
// the signing configuration's.
type Overrides struct {
	Fulcio             string
	Rekor              string
	RekorVersion       int // of Rekor; 0: that of the same URL in the signing configuration, otherwise 1
	TimestampServerURL string
	OIDC               string
}

// ParseSigningConfig parses a signing_config.json of media type
// application/vnd.dev.sigstore.signingconfig.v0.2+json. It returns an error for unknown
// fields and another media type.
func ParseSigningConfig(json []byte) (*SigningConfig, error) {
	if len(json) > maxSigningConfig {
		return nil, fmt.Errorf("signing configuration: longer than %d bytes", maxSigningConfig)
	}
	config, err := root.NewSigningConfigProtobuf(json)
	if err != nil {
		return nil, fmt.Errorf("signing configuration: %w", err)
	}
	if config.GetMediaType() != root.SigningConfigMediaType02 {
		return nil, fmt.Errorf("signing configuration: media type %q, want %q", config.GetMediaType(), root.SigningConfigMediaType02)
	}
	return &SigningConfig{config}, nil
}

// PublicGoodSigningConfig returns the signing configuration of the public Sigstore
// instance, for use if no other one is set.
func PublicGoodSigningConfig() *SigningConfig {
	c, err := ParseSigningConfig(publicGoodJSON)
	if err != nil {
		panic(err) // part of the binary, checked by a test
	}
	return c
}

// Services picks the services to use at the time now: those that are valid then and have
// the highest API version that this package implements, as many as the selector says. A
// clock that is off by up to an hour does not exclude what would be valid by the right
// one.
//
// If the configuration lists services of a kind and none can be used, that is an error,
// and never a signature with less evidence.
func (c *SigningConfig) Services(now time.Time, o Overrides) (Services, error) {
	var s Services
	if s.Fulcio = o.Fulcio; s.Fulcio == "" {
		one := &prototrustroot.ServiceConfiguration{Selector: prototrustroot.ServiceSelector_ANY}
		cas, err := pick(c.config.GetCaUrls(), one, fulcioVersions, now)
		if err != nil {
			return Services{}, fmt.Errorf("signing configuration: certificate authorities: %w", err)
		}
		if len(cas) == 0 {
			return Services{}, errors.New("signing configuration: names no certificate authority")
		}
		s.Fulcio = cas[0].URL
	}
	if o.Rekor != "" {
		s.Rekor = []Log{{URL: o.Rekor, Version: c.rekorVersion(o)}}
	} else {
		logs, err := pick(c.config.GetRekorTlogUrls(), c.config.GetRekorTlogConfig(), rekorVersions, now)
		if err != nil {
			return Services{}, fmt.Errorf("signing configuration: logs: %w", err)
		}
		for _, l := range logs {
			s.Rekor = append(s.Rekor, Log{URL: l.URL, Version: int(l.MajorAPIVersion)})
		}
	}
	if o.TimestampServerURL != "" {
		s.TimestampAuthorities = []string{o.TimestampServerURL}
	} else {
		authorities, err := pick(c.config.GetTsaUrls(), c.config.GetTsaConfig(), timestampVersions, now)
		if err != nil {
			return Services{}, fmt.Errorf("signing configuration: timestamp authorities: %w", err)
		}
		for _, a := range authorities {
			s.TimestampAuthorities = append(s.TimestampAuthorities, a.URL)
		}
	}
	if s.OIDC = o.OIDC; s.OIDC == "" {
		one := &prototrustroot.ServiceConfiguration{Selector: prototrustroot.ServiceSelector_ANY}
		// A provider is not evidence, and with a token no provider is needed.
		if providers, err := pick(c.config.GetOidcUrls(), one, oidcVersions, now); err == nil && len(providers) > 0 {
			s.OIDC = providers[0].URL
		}
	}
	return s, nil
}

// rekorVersion returns the API version of an overridden log. Most logs that people name
// by hand are Rekor v1; a v2 log is known from the configuration that lists it.
func (c *SigningConfig) rekorVersion(o Overrides) int {
	if o.RekorVersion != 0 {
		return o.RekorVersion
	}
	for _, l := range c.config.GetRekorTlogUrls() {
		if strings.TrimRight(l.GetUrl(), "/") == strings.TrimRight(o.Rekor, "/") {
			return int(l.GetMajorApiVersion())
		}
	}
	return 1
}

// pick is root.SelectServices for the time now, or for times as near as the clock may be
// off. Without any services it returns no error.
func pick(listed []*prototrustroot.Service, config *prototrustroot.ServiceConfiguration, versions []uint32, now time.Time) ([]root.Service, error) {
	if len(listed) == 0 {
		return nil, nil
	}
	services := make([]root.Service, len(listed))
	for i, s := range listed {
		services[i] = root.NewService(s)
	}
	selector := root.ServiceConfiguration{Selector: config.GetSelector(), Count: config.GetCount()}
	picked, err := root.SelectServices(services, selector, versions, now)
	for _, skew := range []time.Duration{clockSkew, -clockSkew} {
		if err == nil {
			break
		}
		if near, nearErr := root.SelectServices(services, selector, versions, now.Add(skew)); nearErr == nil {
			picked, err = near, nil
		}
	}
	return picked, err
}
