package symbols_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/interp"
	"github.com/athanor-ml/athanor/interp/symbols"
)

type sink struct{ text strings.Builder }

func (s *sink) Stream(_, text string)                               { s.text.WriteString(text) }
func (s *sink) Clear(bool)                                          {}
func (s *sink) Input(context.Context, string, bool) (string, error) { return "", nil }

func (s *sink) Display(data, _ map[string]any, _ string, _ bool) {
	fmt.Fprintln(&s.text, data["text/html"], data["text/plain"])
}

// TestCellsCallOurPackages runs cells on the whole table: tensors without an import, a typed panic with its place, help.
func TestCellsCallOurPackages(t *testing.T) {
	s, err := interp.New(interp.Options{Symbols: symbols.All(), Docs: func(key string) interp.Doc {
		d := symbols.Docs()[key]
		return interp.Doc{Params: d.Params, Text: d.Text}
	}})
	if err != nil {
		t.Fatal(err)
	}
	out := &sink{}
	for i, c := range []struct{ code, want, fail string }{
		{"x := tensorlib.Ones(2, 3)\nx.Shape()", "(2, 3)", ""},
		{"x := x.MatMul(tensorlib.Ones(2, 2))", "", "OpError: "},
		{"y := x.MatMul(tensorlib.Ones(3, 2)).Sum()\ny.Item()", "12", ""},
		{"w := tensorlib.New([]float64{1, 2}).SetRequiresGrad(true)\nw.Square().Sum().Backward()\nw.Grad().Float32s()", "[2 4]", ""},
	} {
		res, e := s.Execute(context.Background(), c.code, i+1, out)
		switch {
		case c.fail != "":
			if e == nil || !strings.HasPrefix(e.Error(), c.fail) || !strings.HasSuffix(e.Value, "(cell 2, line 1)") {
				t.Errorf("cell %q: error %v, want %s… (cell 2, line 1)", c.code, e, c.fail)
			}
		case e != nil:
			t.Errorf("cell %q: %v", c.code, e)
		case c.want != "" && res.Data["text/plain"] != c.want:
			t.Errorf("cell %q: %v, want %s", c.code, res.Data["text/plain"], c.want)
		}
	}
	if got := s.Inspect("tensorlib.Ones", 14, 0); got == nil || !strings.Contains(got["text/plain"].(string), "func Ones(") {
		t.Errorf("Inspect(tensorlib.Ones) = %v, want its signature", got)
	}
	if got := s.Complete("x.MatM", 6); len(got.Matches) != 1 || got.Matches[0] != "MatMul" {
		t.Errorf("Complete(x.MatM) = %v, want MatMul", got.Matches)
	}
}

// TestShowCellTypes shows values of a cell's own type: by its method MIME.
func TestShowCellTypes(t *testing.T) {
	s, err := interp.New(interp.Options{Symbols: symbols.All()})
	if err != nil {
		t.Fatal(err)
	}
	out := &sink{}
	const code = `type Card struct{ name string }
func (c Card) MIME() map[string]any { return map[string]any{"text/html": "<b>" + c.name + "</b>", "text/plain": "card " + c.name} }
display.Show(Card{"a"}, &Card{"b"}, 3)`
	if _, e := s.Execute(context.Background(), code, 1, out); e != nil {
		t.Fatal(e)
	}
	if got, want := out.text.String(), "<b>a</b> card a\n<b>b</b> card b\n<nil> 3\n"; got != want {
		t.Errorf("display.Show(Card{}, &Card{}, 3) shows %q, want %q", got, want)
	}
}
