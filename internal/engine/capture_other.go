//go:build !unix

package engine

import (
	"errors"
	"os"
)

type capture struct{}

func newCapture(*os.File, func(string)) (*capture, error) {
	return nil, errors.New("engine: needs a Unix system: Linux, macOS, BSD or WSL")
}

func (*capture) run()   {}
func (*capture) drain() {}
func privately(...int)  {}
func widen(*os.File)    {}
