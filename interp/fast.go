package interp

import "go/types"

// fast is the engine's name of a compiled form of a prelude function for these type arguments, or empty.
func (l *lowerer) fast(f *types.Func, args []string) string { return "" }
