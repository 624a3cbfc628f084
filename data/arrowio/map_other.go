//go:build !unix

package arrowio

import "os"

// mapFile reads the file: where there is no memory map, a copy in memory takes its place.
func mapFile(path string) ([]byte, error) { return os.ReadFile(path) }

func unmap([]byte) error { return nil }
