package runs

import (
	"context"
	"strings"
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
	w := &picture{place: display.NewHandle()}
	s := Status{Name: "r", Status: "running", Step: 5, Steps: 5, Headline: []string{"loss"}, Values: map[string]float64{"loss": 2}}
	for want, status := range []string{"running", "running", "completed"} {
		s.Status = status
		w.draw(&s)
		if want = max(1, want); int(drawn) != want {
			t.Fatalf("%d pictures after %q, want %d", drawn, status, want)
		}
	}
}

// A pipeline is a table, and curves of each stage that has begun.
func TestWatcherDrawsThePipeline(t *testing.T) {
	s := newScreen()
	display.SetSink(t.Context(), s)
	defer display.SetSink(context.Background(), nil)
	w := newWatcher(t.Context(), &Client{o: Options{Home: t.TempDir()}})
	defer w.close()
	stage := func(name, status string) *Status {
		return &Status{Name: "p." + name, Status: status, Step: 1, Headline: []string{"loss", "valLoss"}, Values: map[string]float64{"loss": 3, "valLoss": 4}}
	}
	p := &Status{Name: "p", Status: "running", Steps: 3, Stages: []*Status{stage("a", "completed"), stage("b", "running"), stage("c", waiting)}}
	w.draw(p)
	w.draw(p)
	if len(s.order) != 3 {
		t.Fatalf("drew in %d places, want a table and two pictures", len(s.order))
	}
	if text := s.last[s.order[0]]; !strings.Contains(text, "p: running, stages 0 of 3, b at step 1") {
		t.Errorf("the table is %q", text)
	}
	if text := s.last[s.order[2]]; !strings.Contains(text, "loss 3.0000  valLoss 4.0000") {
		t.Errorf("the curves of the running stage are %q", text)
	}
}

// screen remembers the text of what it was shown last in each place.
type screen struct {
	pictures
	order []string
	last  map[string]string
}

func newScreen() *screen { return &screen{last: map[string]string{}} }

func (s *screen) Display(data, _ map[string]any, id string, _ bool) {
	if _, there := s.last[id]; !there {
		s.order = append(s.order, id)
	}
	s.last[id], _ = data["text/plain"].(string)
}
