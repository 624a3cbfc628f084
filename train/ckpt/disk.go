package ckpt

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
)

// throttle stands between the writer of a file and the disk; tests put a disk that is full there.
var throttle = func(w io.Writer) io.Writer { return w }

// writeFile makes the file at path of what f writes, flushes it to the disk, and returns its size and hash.
func writeFile(path string, f func(io.Writer) error) (sum file, err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o644)
	if err != nil {
		return file{}, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	h, n := sha256.New(), new(counter)
	w := bufio.NewWriterSize(io.MultiWriter(throttle(out), h, n), 1<<20)
	if err := f(w); err != nil {
		return file{}, err
	}
	if err := w.Flush(); err != nil {
		return file{}, err
	}
	return file{int64(*n), hex.EncodeToString(h.Sum(nil))}, out.Sync()
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// hashFile returns the size and hash of a file.
func hashFile(path string) (file, error) {
	f, err := os.Open(path)
	if err != nil {
		return file{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return file{n, hex.EncodeToString(h.Sum(nil))}, err
}

// syncDir flushes the names in a directory to the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
