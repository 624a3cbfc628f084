package gid

import (
	"bytes"
	"runtime"
	"strconv"
)

// number is that of the running goroutine, from the head line of its stack trace. It takes a microsecond or so, and works everywhere.
func number() uintptr {
	var buf [64]byte
	head := buf[:runtime.Stack(buf[:], false)] // goroutine 18 [running]: …
	id, err := strconv.ParseUint(string(bytes.Fields(head)[1]), 10, 64)
	if err != nil {
		panic("gid: no goroutine number in a stack trace: " + string(head))
	}
	return uintptr(id)
}
