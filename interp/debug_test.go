package interp

func init() { debugLowering = true }
