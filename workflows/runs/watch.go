package runs

import (
	"context"
	"sync"
	"time"

	"github.com/athanor-ml/athanor/display"
	"github.com/athanor-ml/athanor/display/chart"
	"github.com/athanor-ml/athanor/train/track"
	"github.com/athanor-ml/athanor/workflows"
)

// Watch draws the curves of the run and redraws them in place, twice a second, until the run has ended or the cell is interrupted. Of a
// pipeline it shows how all stages stand, and below that the curves of each that has begun.
func (h *Handle) Watch() (*Status, error) {
	ctx := display.Context()
	if _, err := h.Status(ctx); err != nil {
		return nil, err
	}
	w := newWatcher(ctx, h.client)
	s, err := h.Follow(ctx, 500*time.Millisecond, w.draw)
	w.close() // what was written last is in
	if s != nil {
		w.draw(s)
	}
	if ctx.Err() != nil {
		return s, nil // interrupted: the run goes on
	}
	return s, err
}

// watcher is pictures of a run and its stages under a cell.
type watcher struct {
	client  *Client
	tailing context.Context
	stop    context.CancelFunc
	tails   sync.WaitGroup
	main    *picture
	stages  map[string]*picture
}

func newWatcher(ctx context.Context, c *Client) *watcher {
	w := &watcher{client: c, stages: map[string]*picture{}}
	w.tailing, w.stop = context.WithCancel(ctx)
	return w
}

// close ends the reading of metrics.
func (w *watcher) close() {
	w.stop()
	w.tails.Wait()
}

// draw shows a status: over the curves of the run, or as a table over the curves of the stages.
func (w *watcher) draw(s *Status) {
	if len(s.Stages) == 0 {
		if w.main == nil {
			w.main = w.picture(s)
		}
		w.main.draw(s)
		return
	}
	if w.main == nil {
		w.main = &picture{place: display.NewHandle()}
	}
	w.main.table(s)
	for _, stage := range s.Stages {
		p := w.stages[stage.Name]
		if p == nil && stage.Status != waiting && stage.Reused == "" {
			p = w.picture(stage)
			w.stages[stage.Name] = p
		}
		if p != nil {
			p.draw(stage)
		}
	}
}

// picture is a new one, of curves that grow with the metrics of a run.
func (w *watcher) picture(s *Status) *picture {
	p := &picture{place: display.NewHandle()}
	p.curve.Show = s.Headline
	metrics := w.client.Run(s.Name).Metrics()
	w.tails.Go(func() {
		_ = track.Tail(w.tailing, metrics, func(r track.Record) { p.curve.AddValues(r.Step, r.Values) })
	})
	return p
}

// picture is something that is redrawn in place.
type picture struct {
	place *display.Handle
	curve chart.Curve
	shown string
}

// draw shows a status over the curves, if anything has changed.
func (p *picture) draw(s *Status) {
	for _, name := range s.Headline {
		if v, ok := s.Value(name); ok && s.Step > 0 && len(p.curve.Values(name)) == 0 {
			p.curve.Add(name, s.Step, v) // the worker is on another machine: a coarse curve is better than none
		}
	}
	p.curve.Title = s.String()
	if text := p.curve.Title + p.curve.String(); text != p.shown {
		p.shown = text
		p.place.Update(&p.curve)
	}
}

// table shows the status of a pipeline, if anything has changed.
func (p *picture) table(s *Status) {
	if text := s.Text(); text != p.shown {
		p.shown = text
		p.place.Update(s)
	}
}

// Active is the run whose steps are being done: the run itself, or of a pipeline the first stage that goes on; nil: none.
func (s *Status) Active() *Status {
	if len(s.Stages) == 0 {
		return s
	}
	for _, stage := range s.Stages {
		if stage.Status == workflows.Running || stage.Status == workflows.Paused {
			return stage
		}
	}
	return nil
}
