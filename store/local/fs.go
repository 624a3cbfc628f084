package local

import (
	"errors"
	"io/fs"
	"os"

	"github.com/gofrs/flock"
)

// FS is what a Store asks of a file system. Tests give it one that fails, runs full or forgets what was not flushed.
type FS interface {
	Lstat(path string) (fs.FileInfo, error)
	ReadDir(path string) ([]fs.DirEntry, error)
	ReadFile(path string) ([]byte, error)
	WriteFile(path string, data []byte) error // a new file that only its owner may read
	Mkdir(path string) error                  // only its owner may enter
	Chmod(path string, mode fs.FileMode) error
	Rename(from, to string) error
	RemoveAll(path string) error
	Sync(path string) error // flushes a file, or the names in a directory, to the disk
	// TryLock takes the lock that the file at path stands for, and makes the file. The system drops the lock of a process
	// that dies. It returns nil when another holds it.
	TryLock(path string) (unlock func(), err error)
}

// OS is the file system of the machine.
type OS struct{}

// The permissions of what a Store makes: nobody but the owner reads it.
const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
)

// Lstat describes a file and does not follow links.
func (OS) Lstat(path string) (fs.FileInfo, error) { return os.Lstat(path) }

// ReadDir lists a directory in the order of names.
func (OS) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

// ReadFile reads a whole file.
func (OS) ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }

// WriteFile makes a new file.
func (OS) WriteFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// Mkdir makes a directory.
func (OS) Mkdir(path string) error { return os.Mkdir(path, dirMode) }

// Chmod sets permissions.
func (OS) Chmod(path string, mode fs.FileMode) error { return os.Chmod(path, mode) }

// Rename gives a file or directory another name.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// RemoveAll removes a file or a directory with all that is in it.
func (OS) RemoveAll(path string) error { return os.RemoveAll(path) }

// Sync flushes a file or a directory to the disk.
func (OS) Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// TryLock takes a lock. A file that was removed or replaced while it was being locked stands for nothing: that is an error
// of fs.ErrNotExist.
func (OS) TryLock(path string) (unlock func(), err error) {
	l := flock.New(path, flock.SetPermissions(fileMode))
	ok, err := l.TryLock()
	if err != nil || !ok {
		return nil, errors.Join(err, l.Close())
	}
	held, err := l.Stat()
	var there fs.FileInfo
	if err == nil {
		there, err = os.Lstat(path)
	}
	if err == nil && !os.SameFile(held, there) {
		err = &fs.PathError{Op: "lock", Path: path, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return func() { _ = l.Close() }, nil // unlocks; an error to do so changes nothing for us
}
