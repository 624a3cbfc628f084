package storetest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/athanor-ml/athanor/store/local"
)

// ErrKilled is the error of every operation of a process that was killed.
var ErrKilled = errors.New("killed")

// Disk is a file system in a directory that breaks when it is told to. It counts operations from the last Break on.
type Disk struct {
	os   local.OS
	base string

	mu      sync.Mutex
	ops     int
	at, end int // operations at, at+1, … end-1 break
	fault   Fault
	room    int64 // bytes that may still be written; -1: any number
	before  func(op, path string)
	locks   map[int]func() // held
	taken   int
	synced  platter
}

var _ local.FS = (*Disk)(nil)

// Fault is what happens to an operation that breaks.
type Fault struct {
	Err  error // it returns this
	Late bool  // having been carried out; else it has not, or half
	Ops  int   // how many break, one after the other; 0: all from then on
	Kill bool  // the process ends: its locks are dropped
}

// NewDisk makes a disk of what is in the directory base, which must be on the disk already.
func NewDisk(base string) (*Disk, error) {
	d := &Disk{base: base, room: -1, locks: map[int]func(){}}
	return d, d.synced.sync(base)
}

// Break makes operation at, counted from 1 and from now on, break.
func (d *Disk) Break(at int, f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ops, d.at, d.end, d.fault = 0, at, at+f.Ops, f
	if f.Ops == 0 {
		d.end = 1 << 62
	}
}

// Broken reports whether an operation has broken since the last Break.
func (d *Disk) Broken() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at > 0 && d.ops >= d.at
}

// Fill leaves room for so many bytes more; -1: for any number.
func (d *Disk) Fill(room int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = room
}

// Before has f called before each operation, in the goroutine that wants it: it may wait, or do something else meanwhile.
func (d *Disk) Before(f func(op, path string)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.before = f
}

// do carries out an operation, or half of it where that can be.
func (d *Disk) do(op, path string, whole, half func() error) error {
	d.mu.Lock()
	before := d.before
	d.mu.Unlock()
	if before != nil {
		before(op, path)
	}
	d.mu.Lock()
	d.ops++
	breaks := d.at > 0 && d.ops >= d.at && d.ops < d.end
	first, f := d.ops == d.at, d.fault
	d.mu.Unlock()
	if !breaks {
		return whole()
	}
	if first {
		if f.Late {
			_ = whole()
		} else if half != nil {
			_ = half()
		}
	}
	if f.Kill {
		d.dropLocks()
	}
	return &fs.PathError{Op: op, Path: path, Err: f.Err}
}

func (d *Disk) dropLocks() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, unlock := range d.locks {
		unlock()
	}
	clear(d.locks)
}

// Lstat describes a file.
func (d *Disk) Lstat(path string) (info fs.FileInfo, err error) {
	err = d.do("stat", path, func() (err error) { info, err = d.os.Lstat(path); return err }, nil)
	return info, err
}

// ReadDir lists a directory.
func (d *Disk) ReadDir(path string) (entries []fs.DirEntry, err error) {
	err = d.do("list", path, func() (err error) { entries, err = d.os.ReadDir(path); return err }, nil)
	return entries, err
}

// ReadFile reads a file.
func (d *Disk) ReadFile(path string) (text []byte, err error) {
	err = d.do("read", path, func() (err error) { text, err = d.os.ReadFile(path); return err }, nil)
	return text, err
}

// WriteFile makes a file, or, when it breaks or the disk is full, the first part of it.
func (d *Disk) WriteFile(path string, data []byte) error {
	return d.do("write", path, func() error {
		n := d.take(len(data))
		err := d.os.WriteFile(path, data[:n])
		if err == nil && n < len(data) {
			err = &fs.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
		}
		return err
	}, func() error { return d.os.WriteFile(path, data[:len(data)/2]) })
}

// take is how many of n bytes there is room for.
func (d *Disk) take(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room < 0 {
		return n
	}
	n = int(min(int64(n), d.room))
	d.room -= int64(n)
	return n
}

// Mkdir makes a directory.
func (d *Disk) Mkdir(path string) error {
	return d.do("mkdir", path, func() error { return d.os.Mkdir(path) }, nil)
}

// Chmod sets permissions.
func (d *Disk) Chmod(path string, mode fs.FileMode) error {
	return d.do("chmod", path, func() error { return d.os.Chmod(path, mode) }, nil)
}

// Rename renames.
func (d *Disk) Rename(from, to string) error {
	return d.do("rename", from, func() error { return d.os.Rename(from, to) }, nil)
}

// RemoveAll removes, or, when it breaks, the files of a directory that come first.
func (d *Disk) RemoveAll(path string) error {
	return d.do("remove", path, func() error { return d.os.RemoveAll(path) }, func() error { return removeHalf(path) })
}

func removeHalf(path string) error {
	entries, err := os.ReadDir(path)
	for _, e := range entries[:(len(entries)+1)/2] {
		err = errors.Join(err, os.RemoveAll(filepath.Join(path, e.Name())))
	}
	return err
}

// Sync puts on the platter what stands at path. It asks nothing of the machine's disk, which takes its time.
func (d *Disk) Sync(path string) error {
	return d.do("sync", path, func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.synced.sync(path)
	}, nil)
}

// TryLock takes a lock.
func (d *Disk) TryLock(path string) (unlock func(), err error) {
	err = d.do("lock", path, func() (err error) {
		if unlock, err = d.os.TryLock(path); unlock != nil {
			unlock = d.holds(unlock)
		}
		return err
	}, nil)
	if err != nil && unlock != nil {
		unlock()
		unlock = nil
	}
	return unlock, err
}

// holds remembers a lock for when the process dies.
func (d *Disk) holds(held func()) (unlock func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken++
	id := d.taken
	d.locks[id] = held
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.locks[id] != nil { // else the process has died meanwhile
			delete(d.locks, id)
			held()
		}
	}
}
