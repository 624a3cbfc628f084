package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"

	"github.com/athanor-ml/athanor/kernel"
)

// Main is the child's side: it serves the kernel process over fd 3 and 4 until that closes them. The caller should then exit.
func Main(ex kernel.Executor) error {
	signal.Ignore(os.Interrupt) // an interrupt comes as a message; Ctrl-C in a terminal reaches us too
	r, w := os.NewFile(requestFD, "requests"), os.NewFile(replyFD, "replies")
	if r == nil || w == nil {
		return errors.New("sandbox: not started by a kernel: fd 3 and 4 are missing")
	}
	privately(requestFD, replyFD)
	return Serve(r, w, ex)
}

const (
	requestFD = 3
	replyFD   = 4
)

// Serve answers the requests that come on r until r ends. Stream output of ex goes to os.Stdout and os.Stderr.
func Serve(r io.Reader, w io.Writer, ex kernel.Executor) error {
	s := &server{ex: ex, out: &writer{w: w}, cancels: map[int64]context.CancelFunc{}, asked: map[int64]chan answer{}}
	if err := s.out.send("ready", 0, nil); err != nil {
		return err
	}
	err := readFrames(r, s.handle)
	return errors.Join(err, ex.Close())
}

// server is the child's state: what runs and which questions are open.
type server struct {
	ex  kernel.Executor
	out *writer

	mu      sync.Mutex
	cancels map[int64]context.CancelFunc
	asked   map[int64]chan answer
	seq     int64
}

func (s *server) handle(f frame) error {
	switch f.Kind {
	case "cancel":
		s.mu.Lock()
		defer s.mu.Unlock()
		if cancel := s.cancels[f.ID]; cancel != nil {
			cancel()
		}
	case "answer":
		var a answer
		if err := json.Unmarshal(f.Body, &a); err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if ch := s.asked[a.Seq]; ch != nil {
			ch <- a // capacity 1, one answer to a question
			delete(s.asked, a.Seq)
		}
	default:
		ctx, cancel := context.WithCancel(context.Background())
		s.mu.Lock()
		s.cancels[f.ID] = cancel
		s.mu.Unlock()
		go s.answer(ctx, f)
	}
	return nil
}

// answer runs one request and replies. A panic of the executor is not caught here: it ends the process, and the parent says so.
func (s *server) answer(ctx context.Context, f frame) {
	var reply any
	var q query
	if f.Kind != "execute" {
		_ = json.Unmarshal(f.Body, &q)
	}
	switch f.Kind {
	case "execute":
		var cell kernel.Cell
		if err := json.Unmarshal(f.Body, &cell); err != nil {
			reply = kernel.Result{Err: &kernel.Error{Name: "SandboxError", Value: err.Error()}}
			break
		}
		reply = s.ex.Execute(ctx, cell, &remote{s, f.ID})
	case "complete":
		reply = s.ex.Complete(ctx, q.Code, q.Cursor)
	case "inspect":
		reply = s.ex.Inspect(ctx, q.Code, q.Cursor, q.Detail)
	case "is_complete":
		status, indent := s.ex.IsComplete(ctx, q.Code)
		reply = completeness{status, indent}
	}
	s.mu.Lock()
	s.cancels[f.ID]()
	delete(s.cancels, f.ID)
	s.mu.Unlock()
	if err := s.out.send("reply", f.ID, reply); err != nil {
		shown := kernel.Error{Name: "DisplayError", Value: "the value cannot be shown: " + err.Error()}
		_ = s.out.send("reply", f.ID, kernel.Result{Err: &shown})
	}
}

// remote is the Output of a cell in the child.
type remote struct {
	s  *server
	id int64
}

// Stream writes to the descriptor: see the package comment.
func (r *remote) Stream(name, text string) {
	if name == "stderr" {
		_, _ = os.Stderr.WriteString(text)
		return
	}
	_, _ = os.Stdout.WriteString(text)
}

// Display returns when the parent has taken it, so that text printed afterwards, on another pipe, comes after it.
func (r *remote) Display(data, metadata kernel.Bundle, id string, update bool) {
	_, err := r.ask(context.Background(), "display", func(seq int64) any { return display{seq, data, metadata, id, update} })
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot be shown:", err)
	}
}

func (r *remote) Clear(wait bool) {
	_, _ = r.ask(context.Background(), "clear", func(seq int64) any { return clearing{seq, wait} })
}

func (r *remote) Input(ctx context.Context, prompt string, password bool) (string, error) {
	return r.ask(ctx, "input", func(seq int64) any { return question{seq, prompt, password} })
}

// ask sends a frame that the parent answers, and waits for that.
func (r *remote) ask(ctx context.Context, kind string, body func(seq int64) any) (string, error) {
	ch := make(chan answer, 1)
	r.s.mu.Lock()
	r.s.seq++
	seq := r.s.seq
	r.s.asked[seq] = ch
	r.s.mu.Unlock()
	if err := r.s.out.send(kind, r.id, body(seq)); err != nil {
		return "", err
	}
	select {
	case a := <-ch:
		if a.Error != "" {
			return "", errors.New(a.Error)
		}
		return a.Value, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
