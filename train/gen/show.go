package gen

import (
	"errors"
	"fmt"
	"time"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/display"
	"github.com/athanor-ml/athanor/models"
)

// redraw is how long a text that grows stays as it is under a cell.
const redraw = 100 * time.Millisecond

// Show continues the prompt under the running cell, where the text grows as it is written, the prompt in grey; see Stream. In a
// notebook, interrupting the cell ends it, with what there is and no error.
func Show(m models.LM, tok tokenizer.Tokenizer, prompt string, o Options) (Shown, error) {
	ctx := display.Context()
	shown := &page{prompt: prompt}
	p := pacer{every: redraw, now: time.Now}
	place := display.NewHandle()
	r, err := Stream(ctx, m, tok, prompt, o, func(piece string) {
		shown.text += piece
		if p.due() {
			place.Update(shown)
		}
	})
	if err != nil && !errors.Is(err, ctx.Err()) {
		return Shown{}, err
	}
	shown.text = r.Text
	place.Update(shown)
	return Shown{r}, nil
}

// Shown is a result whose text is on the screen already: as the last value of a cell it only says how long that is and why it ended.
type Shown struct{ Result }

// String is "256 tokens, length".
func (s Shown) String() string {
	reason := s.Reason
	if reason == "" {
		reason = "interrupted"
	}
	return fmt.Sprintf("%d tokens, %s", len(s.Tokens), reason)
}

// page is a prompt and what a model wrote after it.
type page struct{ prompt, text string }

// String is both.
func (p *page) String() string { return p.prompt + p.text }

// MIME shows the prompt in grey.
func (p *page) MIME() map[string]any {
	html := fmt.Sprintf(`<div style="white-space: pre-wrap"><span style="color: grey">%s</span>%s</div>`,
		display.Escape(p.prompt), display.Escape(p.text))
	return map[string]any{"text/plain": p.String(), "text/html": html}
}

// pacer says when it is time to draw again.
type pacer struct {
	every time.Duration
	now   func() time.Time
	last  time.Time
}

func (p *pacer) due() bool {
	if t := p.now(); t.Sub(p.last) >= p.every {
		p.last = t
		return true
	}
	return false
}
