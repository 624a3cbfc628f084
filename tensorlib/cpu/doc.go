// Package cpu is the device that every machine has: the operations of tensorlib/backend on the processor's own cores.
//
// An operation is cut into parts, and a [team] of goroutines that outlives the operation runs them. Which worker runs a
// part, and how many workers there are, never shows in the result: the cut is a function of the shapes alone, and a sum is
// never split in a way that depends on the number of workers.
//
// Inside a part, work is done by kernels: functions on contiguous rows of float32 (exp, softmax's sum of exponentials, one
// tile of a matrix product). There are three sets of them, in AVX-512 assembly, in AVX2 assembly and in plain Go, and New
// takes the best that the processor runs. A [loop] turns strided and broadcast views into such rows.
//
// One operation runs at a time, on all cores; a second goroutine's operation waits its turn. So the state of an operation
// (its parts' arguments, its scratch memory) lives in the Device and is reused, and in steady state no operation allocates.
package cpu
