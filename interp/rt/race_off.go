//go:build !race

package rt

// Race is set in a build with the race detector.
const Race = false
