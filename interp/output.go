package interp

import "context"

// Output receives what a running cell shows. Its methods may be called from many goroutines.
type Output interface {
	// Stream sends text of "stdout" or "stderr".
	Stream(name, text string)
	// Display shows a bundle; a non-empty id makes it updatable, update true replaces what is shown under that id.
	Display(data, metadata map[string]any, id string, update bool)
	// Clear empties the cell's output; wait delays that until there is new output.
	Clear(wait bool)
	// Input asks the user for a line.
	Input(ctx context.Context, prompt string, password bool) (string, error)
}
