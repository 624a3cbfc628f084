//go:build !linux

// Package early does nothing on this system; see early.go.
package early

// Socket has none.
func Socket(int) (fd int, ok bool) { return -1, false }
