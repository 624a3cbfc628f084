// Package notebooks carries the notebooks of this folder inside the binary, so that `athanor demo` has them anywhere.
package notebooks

import "embed"

// Files holds the notebooks by file name.
//
//go:embed *.ipynb
var Files embed.FS
