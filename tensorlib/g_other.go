//go:build !amd64 && !arm64

package tensorlib

import (
	"bytes"
	"runtime"
	"strconv"
)

// goroutine returns a number that no other living goroutine has: the one in the head line of its stack trace.
func goroutine() uintptr {
	var buf [64]byte
	fields := bytes.Fields(buf[:runtime.Stack(buf[:], false)]) // goroutine 18 [running]: …
	id, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		panic("tensorlib: no goroutine number in a stack trace: " + string(buf[:]))
	}
	return uintptr(id)
}
