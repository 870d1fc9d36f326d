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

// The API versions that this package speaks, as signing configs number them.
var (
	fulcioVersions    = []uint32{1}
	rekorVersions     = []uint32{1, 2}
	timestampVersions = []uint32{1}
	oidcVersions      = []uint32{1}
)

// SigningConfig names the services of a Sigstore instance, with the time in
// which each is to be used (protobuf-specs, dev.sigstore.trustroot.v1).
type SigningConfig struct {
	config *prototrustroot.SigningConfig
}

// Overrides are addresses that stand in for those of a signing config. An empty
// one leaves the signing config's.
type Overrides struct {
	Fulcio             string
	Rekor              string
	RekorVersion       int // of Rekor; 0: as the signing config has it for that address, else 1
	TimestampServerURL string
	OIDC               string
}

// ParseSigningConfig reads a signing_config.json of media type
// application/vnd.dev.sigstore.signingconfig.v0.2+json. Unknown fields and another
// media type are errors.
func ParseSigningConfig(json []byte) (*SigningConfig, error) {
	if len(json) > maxSigningConfig {
		return nil, fmt.Errorf("signing config: longer than %d bytes", maxSigningConfig)
	}
	config, err := root.NewSigningConfigProtobuf(json)
	if err != nil {
		return nil, fmt.Errorf("signing config: %w", err)
	}
	if config.GetMediaType() != root.SigningConfigMediaType02 {
		return nil, fmt.Errorf("signing config: media type %q, want %q", config.GetMediaType(), root.SigningConfigMediaType02)
	}
	return &SigningConfig{config}, nil
}

// PublicGoodSigningConfig is the Sigstore community's instance, for when nothing
// else is configured.
func PublicGoodSigningConfig() *SigningConfig {
	c, err := ParseSigningConfig(publicGoodJSON)
	if err != nil {
		panic(err) // part of the binary, held by a test
	}
	return c
}

// Services picks the services to use at the time now: those whose validity
// holds it and whose API version is the highest that this package speaks, as
// many as the selector says. A clock that is off by up to an hour does not rule
// out what would be valid by the right one.
//
// A kind of service that the config lists, of which none can be used, is an
// error, never a signature with less evidence.
func (c *SigningConfig) Services(now time.Time, o Overrides) (Services, error) {
	var s Services
	if s.Fulcio = o.Fulcio; s.Fulcio == "" {
		one := &prototrustroot.ServiceConfiguration{Selector: prototrustroot.ServiceSelector_ANY}
		cas, err := pick(c.config.GetCaUrls(), one, fulcioVersions, now)
		if err != nil {
			return Services{}, fmt.Errorf("signing config: certificate authorities: %w", err)
		}
		if len(cas) == 0 {
			return Services{}, errors.New("signing config: names no certificate authority")
		}
		s.Fulcio = cas[0].URL
	}
	if o.Rekor != "" {
		s.Rekor = []Log{{URL: o.Rekor, Version: c.rekorVersion(o)}}
	} else {
		logs, err := pick(c.config.GetRekorTlogUrls(), c.config.GetRekorTlogConfig(), rekorVersions, now)
		if err != nil {
			return Services{}, fmt.Errorf("signing config: logs: %w", err)
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
			return Services{}, fmt.Errorf("signing config: timestamp authorities: %w", err)
		}
		for _, a := range authorities {
			s.TimestampAuthorities = append(s.TimestampAuthorities, a.URL)
		}
	}
	if s.OIDC = o.OIDC; s.OIDC == "" {
		one := &prototrustroot.ServiceConfiguration{Selector: prototrustroot.ServiceSelector_ANY}
		// A provider is evidence of nothing: whoever brings a token needs none.
		if providers, err := pick(c.config.GetOidcUrls(), one, oidcVersions, now); err == nil && len(providers) > 0 {
			s.OIDC = providers[0].URL
		}
	}
	return s, nil
}

// rekorVersion is the API version of an overridden log. Most that people name
// by hand are Rekor v1; a v2 log is known by the config that lists it.
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

// pick is root.SelectServices, at the time now or as near to it as the clock
// may be off. No services at all is no error.
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
