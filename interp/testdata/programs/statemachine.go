package main

import "fmt"

type State int

const (
	Idle State = iota
	Running
	Done
)

var names = map[State]string{Idle: "idle", Running: "running", Done: "done"}

func (s State) String() string { return names[s] }

type Event string
type key struct {
	s State
	e Event
}
type Machine struct {
	state State
	trans map[key]State
	hooks []func(from, to State)
}
type Err struct {
	State State
	Event Event
}

func (e Err) Error() string                           { return fmt.Sprintf("no %q in %v", e.Event, e.State) }
func (m *Machine) On(f func(from, to State)) *Machine { m.hooks = append(m.hooks, f); return m }
func (m *Machine) Fire(e Event) error {
	to, ok := m.trans[key{m.state, e}]
	if !ok {
		return Err{m.state, e}
	}
	from := m.state
	m.state = to
	for _, h := range m.hooks {
		h(from, to)
	}
	return nil
}

type lexState func(*lexer) lexNext
type lexNext struct{ f lexState }
type lexer struct {
	in  string
	out []string
}

func text(l *lexer) lexNext {
	for i, c := range l.in {
		if c == '{' {
			l.out = append(l.out, "T:"+l.in[:i])
			l.in = l.in[i+1:]
			return lexNext{action}
		}
	}
	l.out = append(l.out, "T:"+l.in)
	return lexNext{}
}
func action(l *lexer) lexNext {
	for i := range len(l.in) {
		if l.in[i] == '}' {
			l.out = append(l.out, "A:"+l.in[:i])
			l.in = l.in[i+1:]
			return lexNext{text}
		}
	}
	l.out = append(l.out, "E")
	return lexNext{}
}
func main() {
	m := &Machine{trans: map[key]State{{Idle, "start"}: Running, {Running, "stop"}: Done, {Done, "reset"}: Idle}}
	var log []string
	m.On(func(f, t State) { log = append(log, fmt.Sprint(f, ">", t)) })
	for _, e := range []Event{"start", "start", "stop", "reset"} {
		if err := m.Fire(e); err != nil {
			fmt.Println("error:", err)
		}
	}
	fmt.Println(m.state, log)
	for _, s := range []string{"a{b}c", "x{y", ""} {
		l := &lexer{in: s}
		for st := (lexNext{text}); st.f != nil; st = st.f(l) {
		}
		fmt.Printf("%q\n", l.out)
	}
}
