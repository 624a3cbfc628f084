// Package rt is the run-time library of lowered cells: what package lower writes calls of, because the engine, yaegi, does it
// wrong or not at all. Table lists the functions under the names that lowered text has for them.
//
// # Values
//
// The engine forgets the types of values in interfaces. So an interface of a cell holds a value of a cell's type as a [Val],
// which remembers its [Type] and finds its methods (values.go, types.go); errors are wrapped as errors (errvals.go). A [Shape]
// tells what a type looks like inside: printing follows it as package fmt would (format.go, verbs.go, mapsort.go), and
// encoding/json sees a mirror made from it (json.go, jsondecode.go).
//
// # Replaced functions
//
// Functions of compiled packages that print, look into values, block or end the process are replaced by functions of this
// package (replaced.go): they print to the cell, know the types of cells, and stop with it.
//
// # Goroutines
//
// A [Run] is one run of a cell, with the goroutines that it has started. One that is told to stop stops itself: lowered code
// calls Stop in each iteration of a loop, at the start of functions and after calls, and blocking operations wait for the stop
// as well (routines.go, blocking.go). Deferred calls run, kept in lists of this package (defers.go).
//
// # Faults
//
// The engine's words for run-time panics are put into Go's (faults.go).
//
// What a Runtime needs of the session around it, it asks its [Host].
package rt
