package strictyaml

import (
	"fmt"
)

// Error says where and why a policy was refused.
type Error struct {
	// Source is the policy's.
	Source string
	// Line and Column are where, from 1, the column in characters; zero when
	// the whole text is meant.
	Line, Column int
	// Err is why.
	Err error
	// Hint says what to do.
	Hint string
	// Key is the key of the policy whose value was refused, where it is one of
	// an identity or a revocation: a program that shows certificates or trusted
	// roots can say where the right value is.
	Key string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("policy %q: %v", e.Source, e.Err)
	}
	return fmt.Sprintf("policy %q: line %d, column %d: %v", e.Source, e.Line, e.Column, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }
