//go:build !unix

package engine

import (
	"errors"
	"os"
)

type capture struct{}

func newCapture(func(string)) (*capture, *os.File, error) {
	return nil, nil, errors.New("engine: needs a Unix system: Linux, macOS, BSD or WSL")
}

func (*capture) drain() {}
func (*capture) close() {}
func privately(...int)  {}
