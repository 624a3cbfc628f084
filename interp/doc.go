// Package interp runs the cells of a notebook: ordinary, modern Go, in which variables, functions and types live on from
// cell to cell.
//
// # A cell's way
//
// A [Session] is the state of one notebook; Execute runs a cell in it. The cell is split into imports, declarations and
// statements (split.go) and checked by go/types against everything the session has declared (check.go, state.go). The
// packages that it may import are made of the symbol tables that also feed the engine (importer.go), so what checks is what
// can run. Nothing runs before the whole cell has been checked; errors name cell, line and column. The last expression of a
// cell is its result.
//
// Names can be declared again at any time (build.go). A variable of the same type is assigned; anything else gets a new
// version, and functions that mention it are lowered again, so that they mean the newest. A function that mentions a name
// that is not there yet waits for it. Variables declared side by side are initialized in the order in which Go initializes
// those of a package (initorder.go).
//
// # Lowering
//
// The engine is yaegi, which runs much of Go, some of it wrong. So a checked cell is lowered (lower*.go) to the part that
// it runs right: no generics (each use of a generic function or type is one of its own, generic.go), no range over numbers,
// functions, strings or channels, no method expressions, no defer, no select; constants are computed, loops that make
// closures call a function in each turn, values that a call gives are converted one by one. The generic packages of the
// standard library come as source, in _prelude, and are lowered where they are used.
//
// What Go has and the engine cannot do is refused, with a message that says what to write instead; it is never run in
// another meaning. Refused are
//
//   - types that refer to themselves with no named struct in between: type F func() F
//   - structs that lead to each other such that the engine cannot lay them out (cycles.go): type List struct { root Element },
//     type Element struct { next *Element; list *List }
//   - following a pointer to a function: p := &f; (*p)()
//   - goto out of or into a loop whose body has become a function (it ranges over a function, or makes closures)
//   - func init, functions without a body, imports into the cell's own names, packages unsafe and C
//   - encoding/gob and encoding/xml of types with embedded fields
//   - handing values to text/template, encoding/xml and encoding/gob whose types have methods that these would call
//   - reflect.TypeOf of cells' types
//   - deferred calls of builtins that have no effect
//
// # Values
//
// The engine forgets the types of values in interfaces. So an interface of a cell holds a value of a cell's type as a [Val],
// which remembers the type and finds its methods (values.go, lower_iface.go); errors are wrapped as errors (errvals.go). A
// shape tells what a type looks like inside: printing follows it as package fmt would (format.go), and encoding/json sees a
// mirror made from it (json.go).
//
// # Marks
//
// The engine does not say where a panic happened. Statements that can panic leave marks (marks.go), from which the
// traceback is made (panics.go); the engine's words for a fault are put into Go's.
//
// # Goroutines
//
// A panic in a goroutine ends the running cell, not the process (goroutines.go). A cell that is interrupted stops itself:
// its goroutines ask at each turn of a loop, at the start of functions and after calls whether their cell is stopping, and
// blocking operations wake up (routines.go, blocking.go). Deferred calls run. Goroutines of earlier cells go on; so do
// compiled calls that do not come back, such as a Mutex.Lock that waits, but nothing that follows them runs.
//
// # Known limits
//
// Recursion without end overflows the stack and ends the process, as in Go. Methods of cells' types are not seen by
// text/template and by packages that look for them by reflection, other than fmt, errors, encoding/json and the interfaces
// of compiled packages. Messages about indexes out of range have no numbers where the engine does not tell them; errors of
// encoding/json name structs of cells only where these have methods, and then not always. A float converted to a narrow integer type
// that is too small for it by 32 bits or more gives another number than on amd64; Go leaves it open. A parallel assignment
// that faults may have assigned less than Go's.
package interp
