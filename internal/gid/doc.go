// Package gid tells goroutines apart, which Go has no public way to do. There are two questions, and one answer to each:
//
//   - [Current] names the running goroutine itself. A goroutine that it starts has another name. tensorlib finds by it what a goroutine is
//     inside of: a Scope, or NoGrad.
//   - [Labels] names the family: a goroutine passes its profiler labels on to those that it starts, also in compiled code that knows
//     nothing of it. The interpreter finds by them the cell that a goroutine runs for.
//
// Both are names only: they are compared, and never followed. A name may be used again once its goroutine has ended, so whoever keeps a
// table by it removes the entry first.
package gid
