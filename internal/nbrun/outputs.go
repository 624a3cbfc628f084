package nbrun

import (
	"strings"

	"github.com/athanor-ml/athanor/kernel/wire"
)

// outputs builds the outputs of the cells from what the kernel publishes, as a front end does.
type outputs struct {
	cell     Cell
	displays map[string][]map[string]any // display_id -> every output that shows it, in any cell
	clear    bool                        // clear_output(wait): clear when the next output comes
}

func newOutputs() *outputs { return &outputs{displays: map[string][]map[string]any{}} }

// begin turns to the next cell.
func (o *outputs) begin(c Cell) {
	o.cell, o.clear = c, false
	c["outputs"] = []any{}
}

// take handles one iopub message. It returns what a terminal can echo of it: text that was printed, or the plain form of what
// is shown; nil when there is nothing.
func (o *outputs) take(m *wire.Message) *Event {
	switch m.Header.Type {
	case "stream":
		var c wire.Stream
		if m.Into(&c) == nil {
			o.stream(c)
			return &Event{State: Output, Stream: c.Name, Text: c.Text}
		}
	case "display_data", "update_display_data", "execute_result":
		return o.display(m)
	case "clear_output":
		var c wire.ClearOutput
		if m.Into(&c) == nil {
			if o.clear = c.Wait; !c.Wait {
				o.cell["outputs"] = []any{}
			}
		}
	case "error":
		var c wire.ErrorContent
		if m.Into(&c) == nil {
			o.fail(c)
		}
	}
	return nil
}

func (o *outputs) add(out map[string]any) {
	if o.clear {
		o.clear = false
		o.cell["outputs"] = []any{}
	}
	list, _ := o.cell["outputs"].([]any)
	o.cell["outputs"] = append(list, out)
}

// stream appends to the output before it when that is the same stream.
func (o *outputs) stream(c wire.Stream) {
	list, _ := o.cell["outputs"].([]any)
	if n := len(list); n > 0 && !o.clear {
		if last, ok := list[n-1].(map[string]any); ok && last["output_type"] == "stream" && last["name"] == c.Name {
			last["text"] = lines(text(last["text"]) + c.Text)
			return
		}
	}
	o.add(map[string]any{"output_type": "stream", "name": c.Name, "text": lines(c.Text)})
}

func (o *outputs) display(m *wire.Message) *Event {
	var c wire.DisplayData
	if m.Into(&c) != nil {
		return nil
	}
	plain, _ := c.Data["text/plain"].(string)
	shown := &Event{State: Shown, Text: plain}
	if m.Header.Type == "update_display_data" {
		for _, out := range o.displays[c.Transient.DisplayID] {
			out["data"], out["metadata"] = bundle(c.Data), orEmpty(c.Metadata)
		}
		return shown
	}
	out := map[string]any{"output_type": m.Header.Type, "data": bundle(c.Data), "metadata": orEmpty(c.Metadata)}
	if m.Header.Type == "execute_result" {
		var r wire.ExecuteResult
		_ = m.Into(&r) // decoded above
		out["execution_count"] = r.ExecutionCount
	}
	o.add(out)
	if id := c.Transient.DisplayID; id != "" {
		o.displays[id] = append(o.displays[id], out)
	}
	return shown
}

func (o *outputs) fail(c wire.ErrorContent) {
	trace := []any{}
	for _, line := range c.Traceback {
		trace = append(trace, line)
	}
	o.add(map[string]any{"output_type": "error", "ename": c.Name, "evalue": c.Value, "traceback": trace})
}

// bundle writes texts as lists of lines, as notebooks keep them.
func bundle(data wire.Data) map[string]any {
	out := map[string]any{}
	for mime, v := range data {
		if s, ok := v.(string); ok && (strings.HasPrefix(mime, "text/") || mime == "image/svg+xml") {
			v = lines(s)
		}
		out[mime] = v
	}
	return out
}

func orEmpty(m wire.Data) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}
