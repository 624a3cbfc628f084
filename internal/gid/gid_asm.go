//go:build amd64 || arm64

package gid

// Current names the running goroutine: it is the address of its descriptor in the runtime. No two goroutines that are alive have the
// same.
func Current() uintptr
