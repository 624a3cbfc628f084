package kerneltest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/athanor-ml/athanor/kernel/wire"
)

// BenchOptions say what to measure with; the cells are in the kernel's language. Zero values are for Go.
type BenchOptions struct {
	One   string // a trivial cell: 1+1
	Print string // prints Lines lines
	Lines int    // 100,000
	Loop  string // never ends unless interrupted

	Starts, Rounds, Prints, Interrupts int // repetitions: 5, 500, 5, 100
}

func (o *BenchOptions) fill() {
	text := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	number := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	number(&o.Lines, 100_000)
	text(&o.One, "1+1")
	text(&o.Print, fmt.Sprintf("import \"fmt\"\nfor i := 0; i < %d; i++ { fmt.Println(\"line\", i) }", o.Lines))
	text(&o.Loop, "for {}")
	number(&o.Starts, 5)
	number(&o.Rounds, 500)
	number(&o.Prints, 5)
	number(&o.Interrupts, 100)
}

// BenchResult is what Bench measured, in milliseconds.
type BenchResult struct {
	StartReady   float64 `json:"startReadyMS"`      // process start to the reply of kernel_info, best of Starts
	StartCell    float64 `json:"startCellMS"`       // process start to the reply of the first cell, best of Starts
	OneP50       float64 `json:"oneP50MS"`          // One: request to reply and idle
	OneP99       float64 `json:"oneP99MS"`          //
	Print        float64 `json:"printMS"`           // Print: request to reply, idle and all text, best of Prints
	PrintLines   int     `json:"printLines"`        // lines that arrived, of Lines
	InterruptP50 float64 `json:"interruptP50MS"`    // interrupt_request to the cell's reply
	InterruptP99 float64 `json:"interruptP99MS"`    //
	Interrupts   int     `json:"interrupts"`        // how many
	Rounds       int     `json:"rounds"`            // how many
	ShutdownMS   float64 `json:"shutdownMS"`        // shutdown_request to the end of the process
	Command      string  `json:"command,omitempty"` // what was measured
}

// Bench measures the kernel that argv starts (see Start).
func Bench(ctx context.Context, argv []string, so StartOptions, o BenchOptions) (BenchResult, error) {
	o.fill()
	r := BenchResult{Command: strings.Join(argv, " "), Interrupts: o.Interrupts, Rounds: o.Rounds}
	var p *Process
	for i := range o.Starts {
		if p != nil {
			p.Shutdown(ctx)
		}
		begin := time.Now()
		var err error
		if p, err = Start(ctx, argv, so); err != nil {
			return r, err
		}
		if err := p.Do(ctx, Shell, "kernel_info_request", struct{}{}, nil); err != nil {
			p.Kill()
			return r, err
		}
		ready := ms(begin)
		if err := p.must(ctx, o.One, nil); err != nil {
			p.Kill()
			return r, err
		}
		cell := ms(begin)
		if i == 0 || ready < r.StartReady {
			r.StartReady = ready
		}
		if i == 0 || cell < r.StartCell {
			r.StartCell = cell
		}
	}
	defer p.Kill()
	if err := p.measure(ctx, o, &r); err != nil {
		return r, err
	}
	begin := time.Now()
	p.Shutdown(ctx)
	r.ShutdownMS = ms(begin)
	return r, nil
}

func ms(since time.Time) float64 { return float64(time.Since(since)) / float64(time.Millisecond) }

// must runs a cell that has to succeed.
func (p *Process) must(ctx context.Context, code string, watch func(*wire.Message)) error {
	reply, err := p.Execute(ctx, code, watch)
	if err != nil {
		return fmt.Errorf("%q: %w\n%s", code, err, p.Log())
	}
	if reply.Status.Status != "ok" {
		return fmt.Errorf("%q: %s: %s", code, reply.Name, reply.Value)
	}
	return nil
}

func (p *Process) measure(ctx context.Context, o BenchOptions, r *BenchResult) error {
	var rounds, stops []float64
	for range o.Rounds {
		begin := time.Now()
		if err := p.must(ctx, o.One, nil); err != nil {
			return err
		}
		rounds = append(rounds, ms(begin))
	}
	r.OneP50, r.OneP99 = percentile(rounds, 50), percentile(rounds, 99)
	for i := range o.Prints {
		lines := 0
		begin := time.Now()
		err := p.must(ctx, o.Print, func(m *wire.Message) {
			var s wire.Stream
			if m.Header.Type == "stream" && m.Into(&s) == nil {
				lines += strings.Count(s.Text, "\n")
			}
		})
		if err != nil {
			return err
		}
		if took := ms(begin); i == 0 || took < r.Print {
			r.Print = took
		}
		r.PrintLines = lines
	}
	for range o.Interrupts {
		took, err := p.stop(ctx, o.Loop)
		if err != nil {
			return err
		}
		stops = append(stops, took)
	}
	r.InterruptP50, r.InterruptP99 = percentile(stops, 50), percentile(stops, 99)
	return nil
}

// stop measures one interrupt of a cell that would not end.
func (p *Process) stop(ctx context.Context, loop string) (float64, error) {
	call, err := p.Send(Shell, "execute_request", wire.NewExecuteRequest(loop), nil)
	if err != nil {
		return 0, err
	}
	time.Sleep(30 * time.Millisecond) // it runs by now
	begin := time.Now()
	if _, err := p.Send(Control, "interrupt_request", struct{}{}, nil); err != nil {
		return 0, err
	}
	m, err := call.Wait(ctx)
	if err != nil {
		return 0, err
	}
	took := ms(begin)
	var reply wire.ExecuteReply
	if err := m.Into(&reply); err != nil {
		return 0, err
	}
	if reply.Name != "Interrupt" {
		return 0, fmt.Errorf("interrupt of %q: the cell ended with %q %s %s", loop, reply.Status.Status, reply.Name, reply.Value)
	}
	return took, nil
}

// percentile is the value that p percent of the sorted values do not exceed.
func percentile(values []float64, p int) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	return s[min(len(s)-1, len(s)*p/100)]
}
