package verifier

import (
	"slices"
	"testing"
)

// TestVerdictOf is the table of docs/verification.md, and what is no row of it.
func TestVerdictOf(t *testing.T) {
	t.Parallel()
	failed := Check{Outcome: Failed}
	couldNot := Check{Outcome: CouldNotTell}
	absent := Check{Outcome: CouldNotTell, Missing: true}
	required := Check{Outcome: CouldNotTell, Missing: true, Required: true}
	for _, tt := range []struct {
		name    string
		changes map[CheckName]Check
		want    Verdict
		by      CheckName
	}{
		{"all passed", nil, Good, ""},
		{"policy failed", map[CheckName]Check{CheckPolicy: failed}, Untrusted, CheckPolicy},
		{"policy could not tell", map[CheckName]Check{CheckPolicy: couldNot}, Unknown, CheckPolicy},
		{"policy missing", map[CheckName]Check{CheckPolicy: absent}, Untrusted, CheckPolicy},
		{"missing, not required", map[CheckName]Check{CheckTimestamp: absent}, Good, ""},
		{"missing, required", map[CheckName]Check{CheckTime: required}, Unproven, CheckTime},
		{"missing beats the policy", map[CheckName]Check{CheckTime: required, CheckPolicy: failed}, Unproven, CheckTime},
		{"could not tell", map[CheckName]Check{CheckLogEntry: couldNot}, Unknown, CheckLogEntry},
		{"could not tell beats missing", map[CheckName]Check{CheckCertificateTimestamp: required, CheckLogEntry: couldNot}, Unknown, CheckLogEntry},
		{"failed beats could not tell", map[CheckName]Check{CheckForm: couldNot, CheckTimestamp: failed}, Bad, CheckTimestamp},
		{"failed beats missing", map[CheckName]Check{CheckTime: required, CheckSignature: failed}, Bad, CheckSignature},
		{"first of those that failed", map[CheckName]Check{CheckTimestamp: failed, CheckPayloadDigest: failed}, Bad, CheckPayloadDigest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var checks []Check
			for _, name := range checkOrder {
				c, ok := tt.changes[name]
				if !ok {
					c.Outcome = Passed
				}
				c.Name = name
				checks = append(checks, c)
			}
			got, by := verdictOf(checks)
			if got != tt.want || by != nil && by.Name != tt.by || by == nil && tt.by != "" {
				t.Errorf("%v by %+v, want %v by %q", got, by, tt.want, tt.by)
			}
		})
	}
}

// TestVerdictNeedsEveryCheck leaves out each check in turn, and swaps two.
func TestVerdictNeedsEveryCheck(t *testing.T) {
	t.Parallel()
	var all []Check
	for _, name := range checkOrder {
		all = append(all, Check{Name: name, Outcome: Passed})
	}
	for i, c := range all {
		if got, _ := verdictOf(slices.Delete(slices.Clone(all), i, i+1)); got != Unknown {
			t.Errorf("without %q: %v", c.Name, got)
		}
	}
	swapped := slices.Clone(all)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	if got, _ := verdictOf(swapped); got != Unknown {
		t.Errorf("in another order: %v", got)
	}
	if got, _ := verdictOf(nil); got != Unknown {
		t.Errorf("without any: %v", got)
	}
}

func TestZeroValuesSayNothing(t *testing.T) {
	t.Parallel()
	var v Verdict
	var o Outcome
	if v != Unknown || o != CouldNotTell || v.String() != "unknown" || o.String() != "could not tell" {
		t.Errorf("%v, %v", v, o)
	}
}
