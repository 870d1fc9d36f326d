package provider

// FirstSVID is what stands between an agent's bytes and a token.
var FirstSVID = firstSVID
