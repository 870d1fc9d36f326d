// Package gittest makes real git repositories for tests, cut off from the
// configuration and environment of whoever runs them.
package gittest
