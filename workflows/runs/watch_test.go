package runs

import (
	"context"
	"testing"

	"github.com/athanor-ml/athanor/display"
)

// pictures counts what is drawn.
type pictures int

func (p *pictures) Display(_, _ map[string]any, _ string, _ bool)     { *p++ }
func (*pictures) Clear(bool)                                          {}
func (*pictures) Input(context.Context, string, bool) (string, error) { return "", display.ErrNoInput }

// The end of a run is drawn although its losses are known already: the title says how the run stands.
func TestWatcherDrawsTheEnd(t *testing.T) {
	var drawn pictures
	display.SetSink(t.Context(), &drawn)
	defer display.SetSink(context.Background(), nil)
	w := &watcher{place: display.NewHandle()}
	s := Status{Name: "r", Status: "running", Step: 5, Steps: 5, Loss: 2}
	for want, status := range []string{"running", "running", "completed"} {
		s.Status = status
		w.draw(&s)
		if want = max(1, want); int(drawn) != want {
			t.Fatalf("%d pictures after %q, want %d", drawn, status, want)
		}
	}
}
