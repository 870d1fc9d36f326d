package main

import (
	"crypto/sha256"
	"io"
	"net/http"

	"github.com/digitorus/timestamp"
)

// faultAnotherTimestamp is the fault of the timestamp authority's own: a real timestamp, of something else.
const faultAnotherTimestamp = "another-timestamp"

var timestampSpoils = map[string]spoil{faultAnotherTimestamp: anotherTimestamp}

func anotherTimestamp(_ *fault, next http.Handler, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	request, err := timestamp.ParseRequest(body)
	if err != nil {
		next.ServeHTTP(w, withBody(r, body)) // it says what is wrong
		return
	}
	digest := sha256.Sum256(request.HashedMessage)
	request.HashedMessage = digest[:]
	if body, err = request.Marshal(); err != nil {
		http.Error(w, "fault: "+err.Error(), http.StatusInternalServerError)
		return
	}
	next.ServeHTTP(w, withBody(r, body))
}
