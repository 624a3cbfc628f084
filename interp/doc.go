// Package interp runs the cells of a notebook: ordinary, modern Go, in which variables, functions and types live on from
// cell to cell.
//
// # A cell's way
//
// A [Session] is the state of one notebook; Execute runs a cell in it. The cell is split into imports, declarations and
// statements (split.go) and checked by go/types against everything the session has declared (check.go, state.go). The
// packages that it may import are made of the symbol tables that also feed the engine, so what checks is what can run. Nothing
// runs before the whole cell has been checked; errors name cell, line and column. The last expression of a cell is its result.
//
// Names can be declared again at any time (build.go). A variable of the same type is assigned; anything else gets a new
// version, and functions that mention it are lowered again, so that they mean the newest. A function that mentions a name
// that is not there yet waits for it. Variables declared side by side are initialized in the order in which Go initializes
// those of a package (initorder.go).
//
// # Packages
//
//   - imports makes the packages that cells may import
//   - lower turns a checked cell into what the engine, yaegi, runs as Go does
//   - rt is what lowered cells call while they run
//   - typetext writes types as text
//
// What Go has and the engine cannot do is refused, with a message that says what to write instead; it is never run in
// another meaning. Refused are
//
//   - types that refer to themselves with no named struct in between: type F func() F
//   - structs that lead to each other such that the engine cannot lay them out (lower/cycles.go): type List struct { root Element },
//     type Element struct { next *Element; list *List }
//   - following a pointer to a function: p := &f; (*p)()
//   - goto out of or into a loop whose body has become a function (it ranges over a function, or makes closures)
//   - func init, functions without a body, imports into the cell's own names, packages unsafe and C
//   - encoding/gob and encoding/xml of types with embedded fields
//   - handing values to text/template, encoding/xml and encoding/gob whose types have methods that these would call
//   - reflect.TypeOf of cells' types
//   - deferred calls of builtins that have no effect
//
// # Tracebacks
//
// The engine does not say where a panic happened. Statements that can panic leave marks, of which a traceback is made
// (marks.go, panics.go).
//
// # Goroutines
//
// A panic in a goroutine ends the running cell, not the process (goroutines.go). A cell that is interrupted stops itself; its
// deferred calls run. Goroutines of earlier cells go on; so do compiled calls that do not come back, such as a Mutex.Lock that
// waits, but nothing that follows them runs.
//
// # Known limits
//
// A stack that is about to overflow ends its cell, not the process (rt/stack.go), but not on processors other than amd64 and
// arm64, and not in compiled code that calls itself. Methods of cells' types are not seen by
// text/template and by packages that look for them by reflection, other than fmt, errors, encoding/json and the interfaces
// of compiled packages. Messages about indexes out of range have no numbers where the engine does not tell them; errors of
// encoding/json name structs of cells only where these have methods, and then not always. A float converted to a narrow integer type
// that is too small for it by 32 bits or more gives another number than on amd64; Go leaves it open. A parallel assignment
// that faults may have assigned less than Go's.
package interp
