//go:build race

package interp

// raceBuild leaves out the marks of functions: goroutines of cells write them without a lock, which is harmless (the last
// one wins) and which the race detector rightly reports.
const raceBuild = true
