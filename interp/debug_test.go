package interp

func init() { debugLowering = true }

func (s *Session) Trace() string { return s.eng.trace.text.String() }
