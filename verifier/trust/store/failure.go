package store

import (
	"encoding/json"
	"time"
)

// Failure is a failed update: when, so that the next one may wait, and why, for people.
type Failure struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	Reason  string    `json:"reason"`
}

// LoadFailure reads the failure of the last update. It returns none if the update succeeded,
// and none if it cannot be read: the failure only decides when to try again.
func (s Store) LoadFailure() (Failure, bool) {
	text, err := s.read(failureFile, maxFailure)
	if err != nil {
		return Failure{}, false
	}
	var f Failure
	if err := unmarshalStrict(text, &f); err != nil || f.Version != version {
		return Failure{}, false
	}
	return f, true
}

// SaveFailure stores a failure until the next update succeeds. It needs the lock.
func (s Store) SaveFailure(at time.Time, reason string) error {
	const longest = 4 << 10 // bytes of a reason: a URL and a cause
	text, err := json.Marshal(Failure{version, at.UTC(), reason[:min(len(reason), longest)]})
	if err != nil {
		return err
	}
	return s.write(failureFile, append(text, '\n'))
}
