//go:build unix && !linux

package engine

import (
	"os"
)

const pipeSize = 64 << 10

func widen(*os.File) {}
