package kernel

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/athanor-ml/athanor/kernel/wire"
	"github.com/athanor-ml/athanor/kernel/zsock"
)

const (
	streamDelay = 20 * time.Millisecond
	streamSize  = 64 << 10
)

// output is what one cell shows. It stays usable after the cell, for the goroutines that the cell has left behind: what they
// show still goes under the cell.
type output struct {
	k       *kernel
	request *wire.Message
	silent  bool // nothing is sent
	stdin   bool // the front end can be asked

	mu    sync.Mutex
	name  string // stream of text
	text  strings.Builder
	timer *time.Timer // runs when text waits
}

// Stream collects text; a change of the stream, 64 KiB or 20 ms send it.
func (o *output) Stream(name, text string) {
	if o.silent || text == "" {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if name != o.name {
		o.flush(true)
		o.name = name
	}
	o.text.WriteString(text)
	if o.text.Len() >= streamSize {
		o.flush(false)
	}
	if o.timer == nil && o.text.Len() > 0 {
		o.timer = time.AfterFunc(streamDelay, func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.timer = nil
			o.flush(false)
		})
	}
}

// flush sends the text that waits, with mu held. Unless all, a character whose last bytes have not come yet stays behind.
func (o *output) flush(all bool) {
	text := o.text.String()
	cut := len(text)
	if !all {
		cut = whole(text)
	}
	if cut == 0 {
		return
	}
	o.text.Reset()
	o.text.WriteString(text[cut:])
	o.k.publish("stream", o.request, wire.Stream{Name: o.name, Text: strings.ToValidUTF8(text[:cut], "\uFFFD")})
}

// whole is the length of text without an incomplete UTF-8 sequence at its end.
func whole(text string) int {
	for i := len(text) - 1; i >= max(0, len(text)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRuneInString(text[i:]) {
				return i
			}
			break
		}
	}
	return len(text)
}

// emit sends a message in order after the text before it.
func (o *output) emit(msgType string, content any) {
	if o.silent {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flush(true)
	o.k.publish(msgType, o.request, content)
}

// finish sends what waits.
func (o *output) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flush(true)
}

// Display sends display_data or update_display_data.
func (o *output) Display(data, metadata Bundle, id string, update bool) {
	msgType := "display_data"
	if update {
		msgType = "update_display_data"
	}
	o.emit(msgType, wire.DisplayData{
		Data: orEmpty(data), Metadata: orEmpty(metadata), Transient: wire.Transient{DisplayID: id},
	})
}

// Clear sends clear_output.
func (o *output) Clear(wait bool) { o.emit("clear_output", wire.ClearOutput{Wait: wait}) }

func (o *output) result(count int, r Result) {
	o.emit("execute_result", wire.ExecuteResult{
		ExecutionCount: count, Data: r.Data, Metadata: orEmpty(r.Metadata),
	})
}

func (o *output) fail(e *Error) {
	o.emit("error", wire.ErrorContent{Name: e.Name, Value: e.Value, Traceback: lines(e)})
}

// ErrNoStdin is returned by Input when the front end that sent the cell cannot be asked.
var ErrNoStdin = errors.New("input: this front end does not allow it; run the cell in a notebook or a console")

// Input asks the front end that sent the cell, and waits for its answer.
func (o *output) Input(ctx context.Context, prompt string, password bool) (string, error) {
	if !o.stdin {
		return "", ErrNoStdin
	}
	o.finish() // the prompt comes after the text before it
	select {   // an answer to an earlier question that was interrupted
	case <-o.k.answers:
	default:
	}
	m, err := o.k.codec.Reply("input_request", o.request, wire.InputRequest{Prompt: prompt, Password: password})
	if err != nil {
		return "", err
	}
	frames, err := o.k.codec.Encode(m)
	if err != nil {
		return "", err
	}
	if err := o.ask(ctx, frames); err != nil {
		return "", err
	}
	select {
	case answer := <-o.k.answers:
		return answer, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// stdinOpens is how long the cell of a front end may be ahead of its stdin channel: each channel is a connection of its own, and the
// request on the shell channel can overtake the greetings on this one.
const stdinOpens = 2 * time.Second

// ask sends a question, as soon as the front end has its stdin channel.
func (o *output) ask(ctx context.Context, question [][]byte) error {
	for late := o.k.after(stdinOpens); ; {
		err := o.k.stdin.Send(question)
		if !errors.Is(err, zsock.ErrNoPeer) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return fmt.Errorf("input: the front end has no stdin channel: %w", err)
		case <-o.k.after(5 * time.Millisecond):
		}
	}
}

// nowhere is the Output of user expressions.
type nowhere struct{}

func (nowhere) Stream(string, string)                {}
func (nowhere) Display(Bundle, Bundle, string, bool) {}
func (nowhere) Clear(bool)                           {}
func (nowhere) Input(context.Context, string, bool) (string, error) {
	return "", ErrNoStdin
}
