package store

// ParseTrusted reads what Marshal writes, without a disk, for fuzzing.
var ParseTrusted = parseTrusted

// Marshal is trusted.json.
func (t *Trusted) Marshal() ([]byte, error) { return t.marshal() }
