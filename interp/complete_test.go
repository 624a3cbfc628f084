package interp_test

import (
	"context"
	"slices"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	s := newSession(t)
	run(t, s, "type P struct{ Name string; age int }\nfunc (p *P) Grow(by int) { p.age += by }\nperson := &P{}\nnumbers := []int{1}")
	for _, c := range []struct {
		code string // | is the cursor
		want []string
	}{
		{"per|", []string{"person"}},
		{"person.|", []string{"Grow", "Name", "age"}},
		{"strings.ToU|", []string{"ToUpper", "ToUpperSpecial"}},
		{"fmt.Println(person.N|", []string{"Name"}},
		{"for i, count := range numbers {\n\tcou|", []string{"count"}},
		{"func f(arg *P) {\n\targ.Gr|", []string{"Grow"}},
		{"x := strings.NewReplacer(\"a\", \"b\")\nx.Rep|", []string{"Replace"}},
		{"retu|", []string{"return"}},
	} {
		at := strings.Index(c.code, "|")
		got := s.Complete(c.code[:at]+c.code[at+1:], at)
		for _, w := range c.want {
			if !slices.Contains(got.Matches, w) {
				t.Errorf("Complete(%q) = %v, want %q in it", c.code, got.Matches, w)
			}
		}
	}
}

func TestInspect(t *testing.T) {
	s := newSession(t)
	run(t, s, "x := 41\nfunc twice(n int) int { return 2 * n }")
	for code, want := range map[string]string{
		"x": "= 41", "twice": "func(n int) int", "strings.ToUpper": "func ToUpper(string)", "strings": "package strings",
	} {
		got := s.Inspect(code, len(code), 0)
		if got == nil || !strings.Contains(got["text/plain"].(string), want) {
			t.Errorf("Inspect(%q) = %v, want %q in it", code, got, want)
		}
	}
	run(t, s, "type Endless struct{}\nfunc (e Endless) String() string { return fmt.Sprint(e) }\nvar endless any = Endless{}")
	if got := s.Inspect("endless", 3, 0); got == nil || got["text/plain"] != "endless any" {
		t.Errorf("Inspect of a value that cannot be printed = %v, want its type", got)
	}
	if got := s.Inspect("nothingSuch", 5, 0); got != nil {
		t.Errorf("Inspect of an unknown name = %v, want nil", got)
	}
}

func TestIsComplete(t *testing.T) {
	s := newSession(t)
	for code, want := range map[string]string{
		"x := 1": "complete", "for i := range 3 {": "incomplete", "f(1,": "incomplete", "x :=": "incomplete", "x := )": "invalid",
		"`raw": "incomplete", "": "complete", "func f() {\n}": "complete", "1 +": "incomplete", "x++": "complete", "x := 1 2": "invalid",
	} {
		if got, _ := s.IsComplete(code); got != want {
			t.Errorf("IsComplete(%q) = %q, want %q", code, got, want)
		}
	}
}

func TestInterruptKeepsState(t *testing.T) {
	if raceBuild {
		t.Skip("yaegi's EvalWithContext does not wait for its goroutine: the race detector reports its last instructions")
	}
	s := newSession(t)
	run(t, s, "n := 0")
	ctx, cancel := context.WithCancel(context.Background())
	started := make(chan struct{})
	go func() { <-started; cancel() }()
	close(started)
	_, err := s.Execute(ctx, "for { n++ }", 2, &output{})
	if err == nil || err.Name != "Interrupt" {
		t.Fatalf("an interrupted loop ended with %v, want Interrupt", err)
	}
	run(t, s, "n = 7")
	if got := s.Inspect("n", 1, 0); got == nil || !strings.Contains(got["text/plain"].(string), "= 7") {
		t.Errorf("after an interrupt n is %v, want 7", got)
	}
}
