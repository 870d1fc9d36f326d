package settings

const (
	// PinnedRef is where git seal policy pin keeps the commit whose policy
	// counts.
	PinnedRef = "refs/seal/policy"
	// PolicyPath is the policy's file in a commit.
	PolicyPath = ".git-seal/policy.yaml"
)
