package gid

import "unsafe"

// Labels names the profiler labels of the running goroutine, nil when it has none. They are set by pprof.SetGoroutineLabels, and passed
// on to the goroutines that it starts.
func Labels() unsafe.Pointer { return labels() }

//go:linkname labels runtime/pprof.runtime_getProfLabel
func labels() unsafe.Pointer
