package storetest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// A platter is what is left of a disk when the power goes. A file has the text that it had when it was last flushed, a
// directory the names; each is known by what it is, not by its name, so a rename that was not flushed is undone.
type platter []*inode

type inode struct {
	hold  *os.File // kept open, so that the system gives no new file this one's number
	info  fs.FileInfo
	known bool // was ever flushed
	text  []byte
	names map[string]*inode // of a directory
}

// find returns what stands at path.
func (p *platter) find(path string) (*inode, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	for _, n := range *p {
		if os.SameFile(n.info, info) {
			return n, f.Close()
		}
	}
	n := &inode{hold: f, info: info}
	*p = append(*p, n)
	return n, nil
}

// sync flushes a file, or the names in a directory.
func (p *platter) sync(path string) error {
	n, err := p.find(path)
	if err != nil {
		return err
	}
	n.known = true
	if !n.info.IsDir() {
		n.text, err = os.ReadFile(path)
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	n.names = map[string]*inode{}
	for _, e := range entries {
		if n.names[e.Name()], err = p.find(filepath.Join(path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// write makes what is left of n.
func (n *inode) write(path string) error {
	if !n.info.IsDir() {
		return os.WriteFile(path, n.text, 0o600)
	}
	err := os.Mkdir(path, 0o700)
	for name, child := range n.names {
		err = errors.Join(err, child.write(filepath.Join(path, name)))
	}
	return err
}

// PowerCut makes, at dst, what is left of the disk when the power goes now: only what was flushed. With names, the names
// are as they were last, as on a file system that writes names before texts: then files that were not flushed are empty.
func (d *Disk) PowerCut(dst string, names bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	root, err := d.synced.find(d.base)
	if err != nil {
		return err
	}
	if !names {
		return root.write(dst)
	}
	return filepath.WalkDir(d.base, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(d.base, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.Mkdir(filepath.Join(dst, rel), 0o700)
		}
		n, err := d.synced.find(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dst, rel), n.text, 0o600)
	})
}

// Close lets go of the files that the disk holds open.
func (d *Disk) Close() error {
	d.dropLocks()
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, n := range d.synced {
		errs = append(errs, n.hold.Close())
	}
	d.synced = nil
	return errors.Join(errs...)
}
