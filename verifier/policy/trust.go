package policy

import (
	"fmt"
	"slices"
)

// CheckTrust refuses a policy that names a trusted root by a name that several
// have: which one was meant would depend on their order.
func (p *Policy) CheckTrust(roots []string) error {
	if p == nil {
		return nil
	}
	for i := range p.Rules {
		name := p.Rules[i].Trust
		if name == "" {
			continue
		}
		if first := slices.Index(roots, name); first >= 0 && slices.Contains(roots[first+1:], name) {
			return fmt.Errorf("policy %q: identity %q: two trusted roots have the name %q", p.source, p.Rules[i].Name, name)
		}
	}
	return nil
}
