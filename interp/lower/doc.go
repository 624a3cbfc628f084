// Package lower turns checked Go into the part of Go that the engine, yaegi, runs as Go does.
//
// # What remains
//
// No generics: each use of a generic function or type is one of its own (generic.go). No interfaces but those of compiled
// packages: all others are interface{}, and conversions, assertions, comparisons and calls are written out as calls of package
// rt (iface.go). No range over numbers, functions, strings or channels (loop.go, chan.go), no method expressions and values
// (expr.go), no defer (defer.go), no go (goroutine.go), no select. Constants are computed. Loops whose iterations make closures
// call a function in each (loop.go). Several values that a call gives are converted one by one (spread.go). Generic packages of
// the standard library are lowered from source, where they are used (prelude.go). Every name of the session has a version of
// its own. What neither the engine nor a rewriting can do is refused with a [Diagnostic] that says what to write instead; it is never
// run in another meaning.
//
// # Program, Unit, Scope
//
// A [Program] is what one engine has been given so far: generic instances, imports, types that interfaces have held. A [Unit] is
// one cell on its way into it; the session adds types, variables, functions and statements, gets [Unit.Texts], and commits
// when the engine has taken them. The session's own declarations are asked for through a [Scope].
//
// # Positions
//
// Each statement carries a line directive with its [Position] in its cell. The engine does not say where a panic happened, so
// statements that can panic leave marks, numbers of a [Site], in variables of the engine (marks.go).
//
// Lowered text names the functions of package rt by the import path rt.Path, under a name that the Program chooses.
package lower
