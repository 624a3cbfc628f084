package kernelcmd

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/athanor-ml/athanor/cmd/athanor/self"
)

// The kernel needs few of the program's packages, but before main the program initialises them all: those of the Temporal
// server, of the interpreter and under them take most of the time that a front end waits. Go initialises, again and again,
// the package with the lowest import path among those whose imports are ready: this one as soon as package net and our
// sockets are, then the others. So the kernel runs here, and its process ends here. The package must not import more.
func init() {
	o, ok := parse(os.Args)
	if !ok {
		return
	}
	done := make(chan error)
	go func() { // not here: until main, this goroutine is bound to its thread, and would switch slowly
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		done <- Run(ctx, o)
	}()
	if err := <-done; err != nil {
		fmt.Fprintln(os.Stderr, "athanor:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// parse reads "PROGRAM kernel FLAGS" with a connection file among the flags; arguments after the flags are a front end's (see
// Run). Any other command line, a wrong one included, is for main.
func parse(args []string) (o Options, ok bool) {
	if len(args) < 2 || args[1] != "kernel" {
		return o, false
	}
	o.Home, o.Data = self.Folders()
	f := flag.NewFlagSet("kernel", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.ConnectionFile, "connection-file", "", "")
	f.StringVar(&o.Home, "home", o.Home, "")
	f.StringVar(&o.Data, "data", o.Data, "")
	return o, f.Parse(args[2:]) == nil && o.ConnectionFile != ""
}
