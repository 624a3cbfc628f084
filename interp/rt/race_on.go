//go:build race

package rt

// Race is set in a build with the race detector. It leaves out the marks of functions: goroutines of cells write them without
// a lock, which is harmless (the last one wins) and which the detector rightly reports.
const Race = true
