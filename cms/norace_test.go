//go:build !race

package cms

const raceFactor = 1
