package settings

const (
	// PinnedRef is the ref of the commit with the pinned policy. Only git seal
	// policy pin moves it.
	PinnedRef = "refs/seal/policy"
	// PolicyPath is the path of the policy in a commit.
	PolicyPath = ".git-seal/policy.yaml"
)
