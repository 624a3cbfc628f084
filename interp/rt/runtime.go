package rt

import (
	"log"
	"reflect"
	"sync"
)

// A Runtime is what the lowered cells of one session call while they run.
type Runtime struct {
	Stdout, Stderr *Stream
	Trace          *Trace
	MaxStack       uintptr // how many bytes of stack a goroutine of cells may use

	host Host
	routines

	mu      sync.RWMutex // guards types and sets
	types   []*Type      // by ID
	sets    []*MethodSet // by number
	lacking sync.Map     // compiled types and sets -> the method that the type lacks
	holders sync.Map     // compiled types -> whether they may hold Vals
}

// A Host is what a Runtime asks of the session that it belongs to. Its methods are called from goroutines of cells.
type Host interface {
	// Result takes the value of a cell's last expression.
	Result(v any)
	// Panicked is told of a panic that would end the process: that of a goroutine, which the go statement with the number
	// site has started (NoSite: a timer). It is called in the goroutine, where it panics.
	Panicked(site int, value any)
	// Stopping is told when there begin to be, and cease to be, goroutines that have to stop.
	Stopping(any bool)
	// Refill sets the engine's count of calls until Enter is called next.
	Refill(calls int)
	// Missing names the first method of a method set that the compiled type t does not have; it is empty where t has all.
	Missing(t reflect.Type, set int) string
	// Wrapper is the struct type through which a cell's type can be the compiled interface t; nil when it cannot.
	Wrapper(t reflect.Type) reflect.Type
}

// New makes a Runtime in which nothing runs. It changes two settings of the process: the limit of stacks is raised, since the
// frames of the engine are large, and the standard logger starts anew, writing to Stderr.
func New(host Host) *Runtime {
	raiseMaxStack()
	rt := &Runtime{host: host, MaxStack: defaultStack, Stdout: &Stream{name: "stdout"}, Stderr: &Stream{name: "stderr"}, Trace: &Trace{}}
	rt.routines.init(host.Stopping)
	log.SetOutput(rt.Stderr)
	log.SetFlags(log.LstdFlags)
	log.SetPrefix("")
	return rt
}
