package gen

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/display"
)

// screen notes what a cell shows.
type screen struct {
	shown  []string // text/plain
	places map[string]bool
	on     func()
}

func (s *screen) Display(data, _ map[string]any, id string, update bool) {
	s.shown = append(s.shown, data["text/plain"].(string))
	if s.places[id] != update {
		panic("a place is drawn first, and redrawn after")
	}
	s.places[id] = true
	if s.on != nil {
		s.on()
	}
}

func (*screen) Clear(bool) {}

func (*screen) Input(context.Context, string, bool) (string, error) { return "", display.ErrNoInput }

func TestShow(t *testing.T) {
	s := &screen{places: map[string]bool{}}
	display.SetSink(t.Context(), s)
	t.Cleanup(func() { display.SetSink(context.Background(), nil) })
	o := Options{MaxTokens: 20, Seed: 1, Temperature: 1}
	r, err := Show(untrained(), letters, "abc", o)
	if err != nil || r.String() != "20 tokens, length" {
		t.Fatalf("%v, %v", r, err)
	}
	want := "abc" + write(t, "abc", o)
	if last := s.shown[len(s.shown)-1]; last != want || len(s.places) != 1 {
		t.Errorf("at the end %q is shown in %d places, want %q in one", last, len(s.places), want)
	}
	for i, text := range s.shown {
		if !strings.HasPrefix(want, text) {
			t.Errorf("drawn as number %d: %q, no beginning of %q", i, text, want)
		}
	}
	page := (&page{"<a>", "&"}).MIME()["text/html"].(string)
	if !strings.Contains(page, "&lt;a&gt;</span>&amp;") {
		t.Errorf("HTML is %q", page)
	}
}

// Interrupting the cell is no error: what there is stays.
func TestShowInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &screen{places: map[string]bool{}, on: cancel} // the first draw interrupts
	display.SetSink(ctx, s)
	t.Cleanup(func() { display.SetSink(context.Background(), nil) })
	r, err := Show(untrained(), letters, "abc", Options{MaxTokens: 1000})
	if err != nil || len(s.shown) != 2 || r.String() != "1 tokens, interrupted" {
		t.Errorf("interrupted: %v, %v, drawn %q", r, err, s.shown)
	}
	if _, err := Show(untrained(), letters, "ABC", Options{}); err == nil {
		t.Error("a prompt that cannot be read is no error")
	}
}

func TestPacer(t *testing.T) {
	now := time.Unix(1000, 0)
	p := pacer{every: time.Second, now: func() time.Time { return now }}
	var got strings.Builder
	for _, ms := range []int{0, 999, 1, 500, 499, 2, 3000} {
		now = now.Add(time.Duration(ms) * time.Millisecond)
		if p.due() {
			got.WriteString("+")
		} else {
			got.WriteString("-")
		}
	}
	if got.String() != "+-+--++" {
		t.Errorf("due at 0, .999, 1, 1.5, 1.999, 2.001 and 5.001 s: %s", got.String())
	}
}
