//go:build !amd64 && !arm64

package gid

// Current names the running goroutine: it is its number. No two goroutines that are alive have the same.
func Current() uintptr { return number() }
