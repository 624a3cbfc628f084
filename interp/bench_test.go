package interp_test

import (
	"context"
	"testing"
	"time"
)

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		newSession(b)
	}
}

func BenchmarkCell(b *testing.B) {
	s := newSession(b)
	out := &output{}
	n := 0
	for b.Loop() {
		n++
		if _, err := s.Execute(context.Background(), "1+1", n, out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrintln100k(b *testing.B) {
	s := newSession(b)
	out := &output{}
	for b.Loop() {
		if _, err := s.Execute(context.Background(), "for i := range 100000 { fmt.Println(i) }", 1, out); err != nil {
			b.Fatal(err)
		}
		out.take()
	}
}

// BenchmarkInterrupt measures from the end of the context to the return of the cell.
func BenchmarkInterrupt(b *testing.B) {
	s := newSession(b)
	out := &output{}
	worst := time.Duration(0)
	for b.Loop() {
		ctx, cancel := context.WithCancel(context.Background())
		var at time.Time
		time.AfterFunc(5*time.Millisecond, func() { at = time.Now(); cancel() })
		if _, err := s.Execute(ctx, "for {}", 1, out); err == nil {
			b.Fatal("not interrupted")
		}
		worst = max(worst, time.Since(at))
	}
	b.ReportMetric(float64(worst.Microseconds()), "worst-us")
}

// BenchmarkCall measures calls between functions of cells: fib(20) is 21,891 of them.
func BenchmarkCall(b *testing.B) {
	s := newSession(b)
	run(b, s, "func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }")
	for b.Loop() {
		run(b, s, "fib(20)")
	}
}

func BenchmarkLoop1M(b *testing.B) {
	s := newSession(b)
	for b.Loop() {
		run(b, s, "func() { t := 0; for i := range 1000000 { t += i }; _ = t }()")
	}
}
