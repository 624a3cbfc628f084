// Package kernel is a Jupyter kernel, protocol 5.5, for any language that implements Executor.
//
// Run opens the five channels of a ConnectionFile and serves them until a shutdown_request or the end of its context. The
// ideas, in the order a message meets them:
//
//   - channels.go: a goroutine per socket takes messages in, checks them (package wire) and drops those that are not ours.
//     No user code runs on it.
//   - Cells queue up and run one after another (execute.go). Everything else that comes on shell goes to one side goroutine
//     (side.go), in order, so that completion and comms answer while a cell runs. Interrupt and shutdown come on control (control.go).
//   - Every request is framed on iopub by "busy" and "idle" with the request as parent, and idle comes after all its output.
//     A side request that ends while a cell runs repeats the cell's "busy", for front ends that look at the last status only.
//   - output.go: what a cell shows. Text is collected for 20 ms or 64 KiB; anything else flushes it first, so order is kept.
//   - history.go and comm.go keep what outlives a cell.
package kernel
