package judging

import (
	"context"
	"errors"
	"io/fs"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
	"github.com/git-seal/git-seal/verifier/audit/gitsource"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// Judge is a verifier, and where its policy and its trusted roots came from, which
// every report shows.
type Judge struct {
	Verifier   *verifier.Verifier
	Roots      []*trust.Root
	Policy     *policy.Policy // nil: no signer is trusted
	PolicyFrom string         // where the policy is named, for people
	Supplier   *PolicyCommit  // nil if the policy does not come from a commit
	KeyFile    keyFileReader  // reads the key files that the policy names
}

// New loads the trusted roots and the policy that the settings name. If identity is
// given on the command line, it replaces the policy.
func New(ctx context.Context, h *host.Host, vals settings.Values, config *git.Config, repo *git.Repository, identity *policy.Identity) (*Judge, error) {
	j, ready := Start(ctx, h, vals, config, repo, identity)
	return j, ready()
}

// Start is New in two steps. It returns with the trusted roots, while the policy is
// read in the background, by a git process of its own if it is in a commit. The judge
// is complete when ready has returned.
func Start(ctx context.Context, h *host.Host, vals settings.Values, config *git.Config, repo *git.Repository, identity *policy.Identity) (j *Judge, ready func() error) {
	j = new(Judge)
	trees := settings.WorkTrees(h, config)
	policy := make(chan error, 1)
	go func() { policy <- j.ReadPolicy(ctx, vals, config, repo, trees, identity) }()
	var err error
	j.Roots, err = instance.TrustedRoots(h, vals, trees)
	return j, func() error {
		if err := <-policy; err != nil {
			return err
		}
		if err != nil {
			return err
		}
		j.Verifier, err = verifier.New(verifier.Options{Roots: j.Roots, Policy: j.Policy})
		return err
	}
}

// ReadPolicy reads the policy that the command line or the settings name.
func (j *Judge) ReadPolicy(ctx context.Context, vals settings.Values, config *git.Config, repo *git.Repository, trees []string, identity *policy.Identity) (err error) {
	if identity != nil {
		j.PolicyFrom = "the command line"
		if j.Policy, err = policy.New(identity.Name, *identity); err != nil {
			return host.Fail(host.ExitUsage, "%w", err).WithHint("see git seal verify --help")
		}
	} else if v, ok := vals.One(settings.Policy); ok {
		j.PolicyFrom = v.Origin()
		j.Policy, err = LoadPolicy(v, trees)
		j.KeyFile = KeyFilesBeside(v, trees)
	} else if v, ok := vals.One(settings.PolicyRef); ok {
		j.PolicyFrom = v.Origin()
		if j.Policy, j.Supplier, err = loadPolicyRef(ctx, repo, v, config); err == nil {
			j.KeyFile = gitsource.ReadKeyFile(ctx, repo, j.Supplier.ID)
		}
	}
	return err
}

// ReadKeys reads the key files that the policy names.
func (j *Judge) ReadKeys() error {
	if j.Policy == nil || j.KeyFile == nil {
		return nil
	}
	return j.Policy.ReadKeys(j.KeyFile)
}

// maxKeyWarnings limits the warnings about key files that a command prints, unless it
// checks the policy.
const maxKeyWarnings = 10

// WarnOfKeys warns of what was skipped in the key files of a policy, which may be nil.
func WarnOfKeys(h *host.Host, p *policy.Policy) {
	if p == nil {
		return
	}
	warnings := p.KeyWarnings()
	for i, w := range warnings {
		if i == maxKeyWarnings {
			h.WarnOnce("%d more warnings about the key files; to list them, run: git seal policy check", len(warnings)-i)
			return
		}
		h.WarnOnce("%s", host.Message(w.String()))
	}
}

// CheckKeys warns of everything that was skipped in the key files of a policy. It returns
// an error for the first file that was refused.
func CheckKeys(h *host.Host, p *policy.Policy) error {
	var refused error
	for _, w := range p.KeyWarnings() {
		if w.Refused && refused == nil {
			refused = host.Fail(host.ExitNotGood, "%s", host.Message(w.String())).
				WithHint("correct the file (see docs/policy.md); until then, signatures that may be by one of its keys are unknown")
		} else {
			h.WarnOnce("%s", host.Message(w.String()))
		}
	}
	return refused
}

// By returns a judge with the same trusted roots and another policy.
func (j *Judge) By(p *policy.Policy) (*Judge, error) {
	other := &Judge{Roots: j.Roots, Policy: p}
	var err error
	other.Verifier, err = verifier.New(verifier.Options{Roots: j.Roots, Policy: p})
	return other, err
}

// Examine makes every check of a signature except the policy's, so that the policy
// need not be read yet. It returns nil for signatures of other schemes and without
// trusted roots.
func (j *Judge) Examine(payload, signature []byte) *verifier.Findings {
	v, err := verifier.New(verifier.Options{Roots: j.Roots})
	if err != nil {
		return nil
	}
	return v.Examine(payload, signature)
}

// SupplierOf returns the commit that the policy comes from, or nil.
func (j *Judge) SupplierOf() *verifier.Supplier {
	if j.Supplier == nil {
		return nil
	}
	return &j.Supplier.Supplier
}

// Verify verifies one object.
func (j *Judge) Verify(object policy.Object, payload, signature []byte) *verifier.Result {
	return j.Decide(object, payload, signature, nil)
}

// Decide verifies one object. It uses the findings of Examine, which may be nil.
func (j *Judge) Decide(object policy.Object, payload, signature []byte, findings *verifier.Findings) *verifier.Result {
	var r *verifier.Result
	if findings != nil {
		r = j.Verifier.Decide(object, findings)
	} else {
		r = j.Verifier.VerifyObject(object, payload, signature)
	}
	return j.SupplierOf().Overrule(r, payload)
}

// SignedPayload returns what a policy needs to know about the payload that git passes
// to a verifying program. A payload that does not begin as a commit or a tag is a push
// certificate. A commit or tag that a server could take for a push certificate counts as
// neither: the signer chooses the text, and must not use the rules for one to get around
// the rules for the other. SignedPayload returns an error for an object that readers would
// understand differently.
func SignedPayload(payload []byte) (policy.Object, error) {
	format, typ, ok := FirstHeader(payload)
	if !ok {
		return policy.Object{Type: policy.PushCertificate}, nil
	}
	o, err := git.ParseObject(format, typ, payload)
	if err != nil || isPushCommand(pushCommands(payload)) {
		return policy.Object{}, err
	}
	return gitobject.Signed(o), nil
}

// LoadPolicy reads the policy that a setting names.
func LoadPolicy(v settings.Value, trees []string) (*policy.Policy, error) {
	if err := settings.Outside(v, trees); err != nil {
		return nil, host.Fail(host.ExitUnknown, "cannot read the policy (from %s): %w", v.Origin(), err).
			WithHint("keep the policy outside the work tree or in its git directory, or name it with --policy for one command")
	}
	text, err := host.ReadFileMax(v.Text, host.MaxPolicyFile)
	if err != nil {
		f := host.Fail(host.ExitUnknown, "cannot read the policy (from %s): %w", v.Origin(), err)
		if errors.Is(err, fs.ErrNotExist) {
			f.Hint = "to create it with the signer of REV, run: git seal policy allow REV"
		}
		return nil, f
	}
	p, err := policy.Parse(v.Text, text)
	if err != nil {
		return nil, why.From(err, host.ExitUnknown)
	}
	return p, nil
}
