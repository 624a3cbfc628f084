package main

import (
	"github.com/gofrs/flock"

	"github.com/athanor-ml/athanor/cmd/athanor/self"
)

// env is what the environment says; flags may change it. Commands read it when they run, not before.
type env struct {
	home string         // ATHANOR_HOME, else ~/.athanor
	data string         // ATHANOR_DATA, else the first of the usual places that is there; may be empty
	held []*flock.Flock // copies of this binary that this process is about to start; see copies.go
}

func environment() *env {
	e := new(env)
	e.home, e.data = self.Folders()
	return e
}
