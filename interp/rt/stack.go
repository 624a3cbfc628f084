package rt

import (
	"runtime"
	"runtime/debug"
)

// A stack that overflows ends the process, and all variables with it. So functions count calls down in a variable of the engine;
// where that is used up they call Enter, which looks at the stack and exits the goroutine in time.
const (
	// CallsPerCheck is how many calls of functions of cells there are from one look at the stack to the next.
	CallsPerCheck = 1000

	// defaultStack is how many bytes of stack a goroutine of cells may use: enough for a function that calls itself a million times.
	defaultStack = 900 << 20

	// deferredStack is how many bytes the deferred calls of a goroutine whose stack was full may use on top of it.
	deferredStack = 32 << 20

	// maxStack is what debug.SetMaxStack is told. The runtime doubles stacks, so that they end at 1 GiB.
	maxStack = 2_000_000_000
)

// OverflowError is why a goroutine ended that was about to overflow its stack.
type OverflowError struct{}

func (OverflowError) Error() string {
	return "stack overflow: functions call each other too deeply; variables keep their values"
}

// raiseMaxStack lets goroutines of the process have stacks of 1 GiB.
func raiseMaxStack() { debug.SetMaxStack(maxStack) }

// enter is called at the start of functions, now and then. It stops the goroutine if its cell is stopping, or its stack is full.
func (rt *Runtime) enter() {
	if rt.stopping.Load() > 0 {
		rt.current().check()
	} else {
		rt.host.Refill(CallsPerCheck)
	}
	rt.checkStack()
}

// checkStack exits the goroutine before its stack overflows. Its deferred calls run.
func (rt *Runtime) checkStack() {
	used := stackUsed()
	if used <= rt.MaxStack {
		return
	}
	// Deferred calls run on top of the full stack: they have some room of their own.
	if was := rt.current().overflow.Swap(true); !was || used > rt.MaxStack+deferredStack {
		runtime.Goexit()
	}
}

// Overflowed reports whether the running goroutine exits because its stack was full.
func (rt *Runtime) Overflowed() bool { return rt.current().overflow.Load() }
