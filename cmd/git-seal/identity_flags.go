package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/verifier/policy"
)

// identityFlags are the flags that allow one identity for one command, under
// the names that the ecosystem's tools give them.
type identityFlags struct {
	subject, subjectRegexp, issuer, issuerRegexp string
}

const (
	flagIdentity       = "certificate-identity"
	flagIdentityRegexp = "certificate-identity-regexp"
	flagIssuer         = "certificate-oidc-issuer"
	flagIssuerRegexp   = "certificate-oidc-issuer-regexp"
)

func (f *identityFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.subject, flagIdentity, "", "allow the signer with this `NAME` in the certificate, and nobody else")
	cmd.Flags().StringVar(&f.subjectRegexp, flagIdentityRegexp, "", "allow signers whose whole name in the certificate matches `REGEXP`, and nobody else")
	cmd.Flags().StringVar(&f.issuer, flagIssuer, "", "the `URL` of the OpenID Connect provider that vouches for the identity")
	cmd.Flags().StringVar(&f.issuerRegexp, flagIssuerRegexp, "", "a `REGEXP` for the whole URL of the provider, in its place")
}

// identity is whom the flags allow, nil without them.
func (f *identityFlags) identity(cmd *cobra.Command) (*policy.Identity, error) {
	changed := cmd.Flags().Changed
	if changed(flagIdentity) && changed(flagIdentityRegexp) || changed(flagIssuer) && changed(flagIssuerRegexp) {
		return nil, usageFailure(cmd, errors.New("a name and a regular expression for it"))
	}
	subject, issuer := changed(flagIdentity) || changed(flagIdentityRegexp), changed(flagIssuer) || changed(flagIssuerRegexp)
	switch {
	case !subject && !issuer:
		return nil, nil
	case !subject || !issuer:
		failure := usageFailure(cmd, errors.New("--certificate-identity and --certificate-oidc-issuer need each other"))
		failure.Hint = "a name says nothing without who vouches for it"
		return nil, failure
	case changed("policy") || changed("policy-ref"):
		return nil, usageFailure(cmd, errors.New("--certificate-identity stands in for a policy, and another is named"))
	}
	id := &policy.Identity{Name: "--" + flagIdentity, Subject: f.subject, SubjectRegexp: f.subjectRegexp, Issuer: f.issuer, IssuerRegexp: f.issuerRegexp}
	if changed(flagIdentityRegexp) {
		id.Name = "--" + flagIdentityRegexp
	}
	return id, nil
}
