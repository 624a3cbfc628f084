package interp

func init() { debugLowering = true }

func (s *Session) Trace() string { return s.rt.Trace.Text() }

// OnText has f be told what the engine is given.
func (s *Session) OnText(f func(text string)) { s.onText = f }
