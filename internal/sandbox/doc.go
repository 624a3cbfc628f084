// Package sandbox puts the executor of a kernel into a child process, so that whatever user code does to its process ends as
// an error of one cell, in a kernel that is still connected.
//
// The kernel process makes a Proxy (Start), which is a kernel.Executor. It keeps one child, running the program given in
// Config; the child calls Main with the real executor. Between them are four pipes:
//
//	fd 3  requests: execute, cancel, complete, inspect, is_complete, answer     (frame.go)
//	fd 4  what comes back: ready, display, clear, input, reply
//	fd 1  standard output, of the executor's Stream calls as well as of anything that writes to the descriptor
//	fd 2  standard error, likewise
//
// Text takes no other way than fd 1 and 2, so its order is the order of writing, and it survives a crash. Before the parent
// acts on a frame it empties both pipes (capture.go): what was written before the frame is shown before it.
//
// When the child ends, the running cell ends with an Error "SandboxDied" that says why (death.go) and what was lost, and
// the next child is already starting.
package sandbox
