package host

// LostObject is the reason why the author of an evidence archive could not verify
// an object.
type LostObject struct{ Reason, Hint string }

func (e *LostObject) Error() string { return e.Reason }
