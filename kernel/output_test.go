package kernel

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/kernel/wire"
	"github.com/athanor-ml/athanor/kernel/zsock"
)

// A question waits for a stdin channel that is still being opened; without one it fails, and an interrupt ends the wait.
func TestInputWaitsForItsChannel(t *testing.T) {
	stdin, err := zsock.Listen(zsock.Router, "tcp", "127.0.0.1:0", zsock.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	k := &kernel{stdin: stdin, codec: wire.NewCodec("secret", "kernel"), answers: make(chan string, 1)}
	request, err := k.codec.New("execute_request", nil, wire.NewExecuteRequest("ask"))
	if err != nil {
		t.Fatal(err)
	}
	request.Identities = [][]byte{[]byte("late")}
	o := &output{k: k, request: request, stdin: true}

	never, over := make(chan time.Time), make(chan time.Time)
	close(over)
	ctx, interrupt := context.WithCancel(t.Context())
	k.after = func(time.Duration) <-chan time.Time { interrupt(); return never }
	if _, err := o.Input(ctx, "?", false); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted while nobody has the channel: %v", err)
	}
	k.after = func(d time.Duration) <-chan time.Time {
		if d == stdinOpens {
			return over
		}
		return never
	}
	if _, err := o.Input(t.Context(), "?", false); !errors.Is(err, zsock.ErrNoPeer) || !strings.Contains(err.Error(), "no stdin channel") {
		t.Errorf("nobody has the channel: %v", err)
	}
	opened := false
	k.after = func(d time.Duration) <-chan time.Time {
		if d == stdinOpens {
			return never
		}
		if !opened { // the question has been tried in vain
			opened = true
			go answer(t, k, stdin.Addr().String())
		}
		return time.After(d)
	}
	if answer, err := o.Input(t.Context(), "?", false); err != nil || answer != "here I am" {
		t.Errorf("asked before the channel was open: %q, %v", answer, err)
	}
}

// answer opens the front end's stdin channel, and answers when it is asked.
func answer(t *testing.T, k *kernel, addr string) {
	c, err := zsock.Dial(t.Context(), zsock.Dealer, "tcp", addr, zsock.Options{Identity: "late"})
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	if _, err := c.Recv(t.Context()); err != nil {
		t.Error(err)
	}
	k.answers <- "here I am"
}

type killer struct {
	Executor
	kills int
}

func (k *killer) Kill() { k.kills++ }

// A double click only interrupts; who interrupts again after some time means it.
func TestInsistingInterruptKills(t *testing.T) {
	for insist, want := range map[time.Duration]int{time.Hour: 0, time.Nanosecond: 1} {
		ex := new(killer)
		ctx, cancel := context.WithCancel(t.Context())
		k := &kernel{exec: ex, cfg: Config{Insist: insist}, running: &running{cancel: cancel}}
		k.interrupt()
		if ctx.Err() == nil || ex.kills != 0 {
			t.Errorf("the first interrupt: cell told to stop %t, killed %d times", ctx.Err() != nil, ex.kills)
		}
		if k.interrupt(); ex.kills != want {
			t.Errorf("with patience %v a second interrupt killed %d times, want %d", insist, ex.kills, want)
		}
	}
}

// A character whose bytes come in two pieces is never sent in two messages.
func TestWhole(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "é": 2, "\xc3": 0, "ab\xe2\x82": 2, "ab€": 5, "\xf0\x9f\x94": 0, "x🔥": 5,
		"\xff": 1, "a\x80\x80\x80\x80": 5, // never a character: sent as it is, and replaced there
	} {
		if got := whole(text); got != want {
			t.Errorf("whole(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, tc := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXbYbZ", false},
		{"?", "é", true},
		{"??", "é", false},
		{"*é?", "caféx", true},
		{"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	} {
		if got := glob(tc.pattern, tc.text); got != tc.want {
			t.Errorf("glob(%q, %q) = %v, want %v", tc.pattern, tc.text, got, tc.want)
		}
	}
}

func TestQuestion(t *testing.T) {
	for code, want := range map[string]string{
		"?x": "x", "x?": "x", "fmt.Println?": "fmt.Println", " x?? \n": "x", "?": "", "x": "", "x := y?": "", `s := "?"`: "",
		"a\nb?": "", "f(x)?": "",
	} {
		name, _, ok := question(code)
		if name != want || ok != (want != "") {
			t.Errorf("question(%q) = %q, %v; want %q", code, name, ok, want)
		}
	}
}
