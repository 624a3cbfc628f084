package local_test

import (
	"testing"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() store.Store {
		dir := t.TempDir()
		return func() store.Store { return local.New(dir) }
	})
}

func TestFaults(t *testing.T) {
	storetest.Faults(t, func(fsys local.FS, root string) store.Store { return local.On(fsys, root) })
}
