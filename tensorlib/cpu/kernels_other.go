//go:build !amd64

package cpu

import "errors"

func bestISA() string { return "go" }

func useAssembly(*kernels, string) error { return errors.New("this processor is not an x86-64") }

func pause() {}

// PeakFMA is nil here: there is no assembly.
func PeakFMA() (ops float64, run func()) { return 0, nil }
