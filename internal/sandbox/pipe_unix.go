//go:build unix && !linux

package sandbox

import (
	"os"
)

const pipeSize = 64 << 10

func widen(*os.File) {}
