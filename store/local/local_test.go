package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

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

// A disk fills up after any number of bytes: what stood there stays, and with room again the same store goes on.
func TestFull(t *testing.T) {
	for room := int64(0); ; room++ {
		base := t.TempDir()
		disk, err := storetest.NewDisk(base)
		if err != nil {
			t.Fatal(err)
		}
		s := local.On(disk, base)
		put := func(value string) error { return store.Put(t.Context(), s, "a/x", []byte(value)) }
		if err := put("old"); err != nil {
			t.Fatal(err)
		}
		disk.Fill(room)
		err = put("longer")
		want := "longer"
		if err != nil {
			want = "old"
		}
		if got, read := s.Read(t.Context(), "a/x"); read != nil || string(got) != want {
			t.Errorf("with room for %d bytes: %q, %v after %v", room, got, read, err)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("with room for %d bytes: %v, want ENOSPC", room, err)
		}
		disk.Fill(-1)
		if err := errors.Join(put("again"), storetest.Litter(base), disk.Close()); err != nil {
			t.Errorf("with room again: %v", err)
		}
	}
}

// A writer that is frozen before any of its operations, while another takes the lease, publishes nothing after that.
func TestFrozenWriterIsFencedOff(t *testing.T) {
	fenced, published, kept := 0, 0, 0
	for at := 1; ; at++ {
		root := t.TempDir()
		if err := store.Put(t.Context(), local.On(unsynced{}, root), "a/lease", []byte("old")); err != nil {
			t.Fatal(err)
		}
		disk, err := storetest.NewDisk(root)
		if err != nil {
			t.Fatal(err)
		}
		ops, taken, seen := 0, false, false
		disk.Before(func(string, string) {
			if ops++; ops == at {
				if taken = take(t, root); taken {
					_, err := local.New(root).Open(t.Context(), "a/x")
					seen = err == nil
				}
			}
		})
		err = local.On(disk, root).Publish(t.Context(), "a/x", storetest.Tree("1"), store.Guard{Key: "a/lease", Value: []byte("old")})
		switch {
		case errors.Is(err, store.ErrChanged) && taken:
			fenced++
		case err != nil:
			t.Fatalf("frozen at operation %d, lease taken %t: %v", at, taken, err)
		case taken && !seen:
			t.Errorf("frozen at operation %d: it published after another had the lease", at)
		case taken:
			published++ // before the other had it
		default:
			kept++ // it held the lock: the other had to wait
		}
		if err := disk.Close(); err != nil {
			t.Fatal(err)
		}
		if ops < at {
			break
		}
	}
	if fenced == 0 || published == 0 || kept < 2 {
		t.Errorf("fenced off %d times, published before %d times, locked %d times: want each", fenced, published, kept)
	}
}

// take takes the lease in root, unless another process holds the lock.
func take(t *testing.T, root string) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	disk, err := storetest.NewDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	tries := 0
	disk.Before(func(op, _ string) {
		if op == "lock" {
			if tries++; tries == 2 {
				cancel()
			}
		}
	})
	err = local.On(disk, root).Swap(ctx, "a/lease", []byte("old"), []byte("new"))
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return err == nil
}

// unsynced does not wait for the disk.
type unsynced struct{ local.OS }

func (unsynced) Sync(string) error { return nil }

func TestALockThatIsNeverDroppedIsNamed(t *testing.T) {
	root := t.TempDir()
	lock := filepath.Join(root, "a", ".lock")
	if err := os.Mkdir(filepath.Dir(lock), 0o700); err != nil {
		t.Fatal(err)
	}
	unlock, err := local.OS{}.TryLock(lock)
	if err != nil || unlock == nil {
		t.Fatal(err)
	}
	defer unlock()
	synctest.Test(t, func(t *testing.T) { // its clock jumps over the wait
		err := local.New(root).Swap(t.Context(), "a/x", nil, []byte("1"))
		if err == nil || !strings.Contains(err.Error(), lock+" for 30s: end it") {
			t.Errorf("Swap: %v, want the lock named", err)
		}
	})
}

// What was a lock file and was removed stands for nothing.
func TestALockIsOfTheFileThatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gone", ".lock")
	if _, err := (local.OS{}).TryLock(path); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("TryLock in a directory that is not there: %v", err)
	}
}

// An object that is no file, such as a FIFO, is refused and not waited for.
func TestReadOfNoFile(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(root, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"dir", "fifo"} {
		if _, err := local.New(root).Read(t.Context(), key); err == nil || !strings.Contains(err.Error(), "it is no file") {
			t.Errorf("Read of a %s: %v", key, err)
		}
	}
}
