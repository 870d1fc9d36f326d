package host

// LostObject is why whoever made an archive could not judge an object.
type LostObject struct{ Reason, Hint string }

func (e *LostObject) Error() string { return e.Reason }
