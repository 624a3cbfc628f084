package interp_test

import (
	"context"
	"strings"
	"testing"
	"time"
)

// FuzzCells runs any text as two cells of one session, which has declared things before: nothing may make the session fail,
// and the cell after it must run.
func FuzzCells(f *testing.F) {
	for _, seed := range []string{
		"x := 1\nx", "func f() int { return g() }", "type T struct{ *T }\nvar t T\nt", "for i := range 3 { defer fmt.Print(i) }",
		"import \"fmt\"; import f \"fmt\"\nf.Println(x)", "x, y := 1, \"a\"\nx, y = 2, \"b\"", "const c = iota\nc", "L: for { break L }",
		"func (p P) M() {}\nP{}.M", "var e error\ne", "func g[T any](v T) T { return v }\ng(3)", "select {}", "go func() {}()", "nil", "_", "x.y.z",
		"type P int\nfunc (P) String() string { return \"p\" }\nP(1)", "a, b := <-make(chan int, 1), 2", "switch x := any(1).(type) { case int: x++ }",
		"goto L\nL:", "func init() {}", "func main() {}", "var _ = 1", "x = x.(int)", "struct{}{}", "[]int{1,2}[5]", "map[string]int{\"a\": 1}[\"a\"]", "func() {}",
		"type F func() F", "type I interface { I }", "type A = B; type B = A", "1 << 100", "\"a\" + 1", "for range 10 { }", "if x := 1; x > 0 { x }", "p.n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 300 || strings.Contains(text, "os.") || strings.Contains(text, "exec") || strings.Contains(text, "make") || strings.Contains(text, "Repeat") || strings.Contains(text, "syscall") || strings.Contains(text, "debug") {
			t.Skip("a text that may reach beyond the session")
		}
		s, out := newSession(t), &output{}
		run(t, s, "type P struct{ n int }\nvar p P\nx := 1\nfunc old() int { return x }")
		for i := range 2 {
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			_, err := s.Execute(ctx, text, i+2, out)
			cancel()
			if err != nil && err.Name == "InternalError" {
				t.Fatalf("cell %q: %v\n%s", text, err, strings.Join(err.Traceback, "\n"))
			}
		}
		s.Complete(text, len(text)/2)
		s.Inspect(text, len(text)/2, 0)
		s.IsComplete(text)
		if res, err := s.Execute(context.Background(), "6*7", 9, out); err != nil || res.Data["text/plain"] != "42" {
			t.Fatalf("after cell %q the next one: %v, %v", text, res.Data, err)
		}
	})
}
