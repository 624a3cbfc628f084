package interp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/interp"
)

// interrupt runs a cell, interrupts it once it has printed "go", and wants it to end as an interrupted cell does.
func interrupt(t *testing.T, s *interp.Session, code string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := s.Execute(ctx, code, 2, &trigger{output: &output{}, word: "go", f: cancel})
	if err == nil || err.Name != "Interrupt" {
		t.Fatalf("cell %q ended with %v, want Interrupt", code, err)
	}
}

// A trigger calls f when a cell prints word.
type trigger struct {
	*output
	word string
	f    func()
}

func (o *trigger) Stream(name, text string) {
	o.output.Stream(name, text)
	if strings.Contains(text, o.word) {
		o.f()
	}
}

// eventually runs a cell again and again until it shows want.
func eventually(t *testing.T, s *interp.Session, code, want string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if got = run(t, s, code); got == want {
			return
		}
	}
	t.Fatalf("cell %q printed %q, want %q", code, got, want)
}

// stuck are statements that a cell cannot leave by itself.
var stuck = map[string]string{
	"loop":      "for {}",
	"goto":      "again: goto again",
	"recursion": "var f func(n int) int; f = func(n int) int { if n == 0 { return 0 }; return f(n-1) + f(n-1) }; f(60)",
	"select":    "select {}",
	"receive":   "<-make(chan int)",
	"nil":       "var c chan int; c <- 1",
	"send":      "make(chan int) <- 1",
	"range":     "for range make(chan string) {}",
	"cases":     "c := make(chan int); select { case <-c: case c <- 1: }",
	"sleep":     "time.Sleep(time.Hour)",
	"wait":      "var wg sync.WaitGroup; wg.Add(1); wg.Wait()",
	"callback":  "slices.SortFunc(make([]int, 10), func(a, b int) int { for {} })",
	"recovers":  "func() { for { func() { defer func() { recover() }(); for {} }() } }()",
	"iterator":  "for range func(yield func() bool) { for yield() {} } {}",
	"sleeps":    "for { time.Sleep(time.Millisecond) }",
	"compiled":  "sort.Slice(make([]int, 1e3), func(i, j int) bool { for { time.Sleep(time.Millisecond) } })",
}

// TestInterrupt interrupts cells that are stuck in every way: they end, nothing of them runs on, and closures, variables
// and goroutines of earlier cells go on as before.
func TestInterrupt(t *testing.T) {
	if raceBuild {
		t.Skip("yaegi enlarges its table of variables for a new cell while goroutines of earlier cells read it: the race detector reports it")
	}
	for name, code := range stuck {
		t.Run(name, func(t *testing.T) {
			s := newSession(t)
			run(t, s, `
				count := func() func() int { n := 0; return func() int { n++; return n } }()
				var ticks, after atomic.Int64
				in, back := make(chan int), make(chan int)
				go func() { for { ticks.Add(1); time.Sleep(time.Microsecond) } }()
				go func() { for v := range in { select { case back <- 2 * v: } } }()
				fmt.Println(count())`)
			interrupt(t, s, "go func() { for { after.Add(1) } }()\nfmt.Println(\"go\")\n"+code+"\nfmt.Println(\"not reached\")")
			if got := run(t, s, "fmt.Println(count())"); got != "2\n" {
				t.Errorf("%s: a closure of an earlier cell printed %q after an interrupt, want 2", name, got)
			}
			if got := run(t, s, "in <- 21; fmt.Println(<-back)"); got != "42\n" {
				t.Errorf("%s: a goroutine of an earlier cell answered %q, want 42", name, got)
			}
			run(t, s, "before := ticks.Load()")
			eventually(t, s, "fmt.Println(ticks.Load() > before)", "true\n")
			eventually(t, s, "last := after.Load(); time.Sleep(time.Millisecond); fmt.Println(after.Load() == last)", "true\n")
		})
	}
}

// TestInterruptRunsDefers wants the deferred calls of an interrupted cell to run, to their ends, and not to recover it.
func TestInterruptRunsDefers(t *testing.T) {
	s := newSession(t)
	run(t, s, "var steps []string\nfunc step(name string) { for range 3 { steps = append(steps, name) } }")
	interrupt(t, s, `func() {
		defer func() { step("outer") }()
		defer step("inner")
		defer func() { steps = append(steps, fmt.Sprint(recover())) }()
		fmt.Println("go")
		for {}
	}()`)
	if got, want := run(t, s, "fmt.Println(steps)"), "[<nil> inner inner inner outer outer outer]\n"; got != want {
		t.Errorf("deferred calls of an interrupted cell left %q, want %q", got, want)
	}
}

// TestLeftBehind interrupts a cell in compiled code that does not come back at once: what follows the call never runs.
func TestLeftBehind(t *testing.T) {
	if raceBuild {
		t.Skip("yaegi enlarges its table of variables for a new cell while goroutines of earlier cells read it: the race detector reports it")
	}
	s := newSession(t)
	run(t, s, "var mu sync.Mutex; mu.Lock(); reached := false")
	interrupt(t, s, "fmt.Println(\"go\"); if mu.Lock(); true { fmt.Println(\"not reached\"); reached = true }\nreached = true")
	run(t, s, "mu.Unlock()")
	eventually(t, s, "fmt.Println(mu.TryLock())", "false\n")
	if got := run(t, s, "for range 1000 { time.Sleep(time.Microsecond) }; fmt.Println(reached)"); got != "false\n" {
		t.Errorf("what follows the call that was interrupted has run: reached = %s", got)
	}
}

// TestConcurrentSelect has goroutines share one select statement.
func TestConcurrentSelect(t *testing.T) {
	s := newSession(t)
	got := run(t, s, `
		func pump(in, out chan int, quit chan bool) { for { select { case v := <-in: out <- v; case <-quit: return } } }
		var wg sync.WaitGroup
		var bad atomic.Int64
		for i := range 8 {
			wg.Go(func() {
				in, out, quit := make(chan int), make(chan int), make(chan bool)
				go pump(in, out, quit)
				for j := range 200 { in <- i*1000 + j; if v := <-out; v != i*1000+j { bad.Add(1) } }
				quit <- true
			})
		}
		wg.Wait()
		fmt.Println(bad.Load())`)
	if got != "0\n" {
		t.Errorf("%s values went to the wrong goroutine", strings.TrimSpace(got))
	}
}
