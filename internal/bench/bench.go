// Package bench measures what docs/PERF.md records, so that anyone can repeat it: matrix products (Gemm), the char-gpt
// training step (Step). The kernel as a client sees it is measured by package kerneltest.
//
// A Peer is the same work in OpenBLAS or PyTorch, in a Python process that answers one request at a time. Ours and the
// peer's take turns, round by round, on the same two cores, and the best round of each counts: what else runs on the
// machine hits both, and neither gets the quiet minutes.
package bench

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"

	"golang.org/x/sys/cpu"
)

//go:embed peer.py
var peerScript []byte

// Peer is a Python process with the script peer.py.
type Peer struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	stderr  bytes.Buffer
	Version string // of the library that answered last
}

// StartPeer starts python with the peer's script and waits until it answers.
func StartPeer(python string) (*Peer, error) {
	p := &Peer{cmd: exec.Command(python, "-c", string(peerScript))}
	p.cmd.Env = append(os.Environ(), coreType()...)
	p.cmd.Stderr = &p.stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("peer %s: %w", python, err)
	}
	if _, err := p.ask(map[string]any{"op": "hello"}); err != nil {
		return nil, err
	}
	return p, nil
}

// coreType makes OpenBLAS use the kernels for AVX-512 where the machine has it: it takes virtual machines for older ones. Elsewhere
// its own choice is right.
func coreType() []string {
	if x := cpu.X86; x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL {
		return []string{"OPENBLAS_CORETYPE=SKYLAKEX"}
	}
	return nil
}

// Close ends the peer.
func (p *Peer) Close() error {
	p.in.Close()
	return p.cmd.Wait()
}

// ask sends one request and returns the seconds of its repetitions.
func (p *Peer) ask(request map[string]any) ([]float64, error) {
	line, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return nil, p.lost(err)
	}
	reply, err := p.out.ReadBytes('\n')
	if err != nil {
		return nil, p.lost(err)
	}
	var answer struct {
		Seconds        []float64
		Version, Error string
	}
	if err := json.Unmarshal(reply, &answer); err != nil {
		return nil, fmt.Errorf("peer: %w in %q", err, reply)
	}
	if answer.Error != "" {
		return nil, errors.New("peer: " + answer.Error)
	}
	p.Version = answer.Version
	time.Sleep(rest)
	return answer.Seconds, nil
}

// lost says why the peer does not answer.
func (p *Peer) lost(err error) error {
	if exit := p.Close(); exit != nil { // now all that it had to say is there
		err = errors.Join(err, exit)
	}
	return fmt.Errorf("peer: %w\n%s", err, p.stderr.String())
}

// rest is a pause after each turn of the peer: OpenMP's threads spin on for a while when their work is done, and would take
// our turn's cores.
const rest = 300 * time.Millisecond

// timed runs f reps times and returns the seconds of each.
func timed(reps int, f func()) []float64 {
	seconds := make([]float64, reps)
	for i := range seconds {
		start := time.Now()
		f()
		seconds[i] = time.Since(start).Seconds()
	}
	return seconds
}

// Spread is the distribution of a repeated measurement, in the unit of the samples.
type Spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	P99    float64 `json:"p99"`
	N      int     `json:"n"`
}

func spread(samples []float64) Spread {
	if len(samples) == 0 {
		return Spread{}
	}
	s := slices.Sorted(slices.Values(samples))
	return Spread{Min: s[0], Median: s[len(s)/2], P99: s[min(len(s)-1, len(s)*99/100)], N: len(s)}
}

func (s Spread) scaled(by float64) Spread {
	return Spread{s.Min * by, s.Median * by, s.P99 * by, s.N}
}
