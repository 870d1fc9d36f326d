package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/verifier/policy"
)

// identityFlags are the flags that allow one identity for one command. Sigstore's
// other tools use the same names.
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
	cmd.Flags().StringVar(&f.subject, flagIdentity, "", "allow only the signer with this `NAME` in the certificate")
	cmd.Flags().StringVar(&f.subjectRegexp, flagIdentityRegexp, "", "allow only signers whose whole name in the certificate matches `REGEXP`")
	cmd.Flags().StringVar(&f.issuer, flagIssuer, "", "the `URL` of the OpenID Connect provider that the certificate names")
	cmd.Flags().StringVar(&f.issuerRegexp, flagIssuerRegexp, "", "a `REGEXP` that matches the whole URL of the provider")
}

// identity returns the identity that the flags allow, or nil without them.
func (f *identityFlags) identity(cmd *cobra.Command) (*policy.Identity, error) {
	changed := cmd.Flags().Changed
	if changed(flagIdentity) && changed(flagIdentityRegexp) || changed(flagIssuer) && changed(flagIssuerRegexp) {
		return nil, usageFailure(cmd, errors.New("a name and a regular expression for it cannot be used together"))
	}
	subject, issuer := changed(flagIdentity) || changed(flagIdentityRegexp), changed(flagIssuer) || changed(flagIssuerRegexp)
	switch {
	case !subject && !issuer:
		return nil, nil
	case !subject || !issuer:
		failure := usageFailure(cmd, errors.New("--certificate-identity and --certificate-oidc-issuer must be used together"))
		failure.Hint = "add the other flag: a name means nothing without the provider that vouches for it"
		return nil, failure
	case changed("policy") || changed("policy-ref"):
		return nil, usageFailure(cmd, errors.New("--certificate-identity cannot be used with --policy or --policy-ref"))
	}
	id := &policy.Identity{Name: "--" + flagIdentity, Subject: f.subject, SubjectRegexp: f.subjectRegexp, Issuer: f.issuer, IssuerRegexp: f.issuerRegexp}
	if changed(flagIdentityRegexp) {
		id.Name = "--" + flagIdentityRegexp
	}
	return id, nil
}
