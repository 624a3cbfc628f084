package ckpt

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/athanor-ml/athanor/store"
)

// What can be wrong with a checkpoint that is there. Only one that is damaged may be passed over or removed.
var (
	ErrDamaged    = errors.New("damaged")                               // a file is missing or not what the manifest says
	ErrUnreadable = errors.New("cannot be read")                        // the system refuses or fails to read it
	ErrNewer      = errors.New("written by a newer version of athanor") // and not to be judged by this one
)

// Verify checks every file of the checkpoint in a local folder against its manifest.
func Verify(path string) (Info, error) {
	m, err := verify(path)
	return Info{path, m.Step, m.WeightsSHA256}, err
}

func verify(path string) (m manifest, err error) {
	defer func() {
		if _, gone := os.Lstat(path); errors.Is(err, ErrDamaged) && errors.Is(gone, fs.ErrNotExist) {
			err = fmt.Errorf("checkpoint %s: removed while it was read: %w", path, fs.ErrNotExist)
		}
	}()
	m, err = readManifest(path)
	if err != nil {
		return m, err
	}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		if err := m.Files[name].verify(filepath.Join(path, filepath.FromSlash(name))); err != nil {
			return m, fmt.Errorf("checkpoint %s: %s is %w", path, name, err)
		}
	}
	return m, nil
}

// verify compares a file with what it must be.
func (want file) verify(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%w: it is no file but %s", ErrDamaged, info.Mode().Type())
	}
	var got file
	if err == nil {
		got, err = hashFile(path)
	}
	if err != nil {
		return classify(err)
	}
	if got != want {
		return fmt.Errorf("%w: SHA-256 %s of %d bytes, the manifest says %s of %d", ErrDamaged, got.SHA256, got.Size, want.SHA256, want.Size)
	}
	return nil
}

// readManifest reads the manifest of the checkpoint at path and no other file.
func readManifest(path string) (manifest, error) {
	text, err := manifestText(path)
	if err != nil {
		return manifest{}, fmt.Errorf("checkpoint %s: %w", path, err)
	}
	m, err := parseManifest(text)
	switch step, named := store.ParseStep(filepath.Base(path)); {
	case errors.Is(err, ErrNewer), errors.Is(err, ErrUnreadable):
		return m, fmt.Errorf("checkpoint %s: %w", path, err)
	case err == nil && named && step != m.Step:
		err = fmt.Errorf("it is of step %d", m.Step)
	}
	if err != nil {
		return m, fmt.Errorf("checkpoint %s: %s is %w: %w", path, manifestFile, ErrDamaged, err)
	}
	return m, nil
}

func manifestText(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, link := os.Lstat(path); link == nil {
			return nil, fmt.Errorf("%w: it is a link to something that is not there", ErrUnreadable)
		}
		return nil, err
	}
	if err != nil {
		return nil, classify(err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%w: it is no directory", ErrDamaged)
	}
	name := filepath.Join(path, manifestFile)
	info, err = os.Stat(name)
	if err != nil {
		return nil, classify(err)
	}
	if !info.Mode().IsRegular() || info.Size() > store.MaxObject {
		return nil, fmt.Errorf("%w: %s is %s of %d bytes", ErrDamaged, manifestFile, info.Mode().Type(), info.Size())
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, classify(err)
	}
	return text, nil
}

// classify says what an error of reading a checkpoint's file means: what is missing was lost, anything else may be there.
func classify(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return fmt.Errorf("%w: %w", ErrUnreadable, err)
}

// appearance is what the files under path look like from outside; it changes when one is written to.
func appearance(path string) (string, error) {
	look := ""
	err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			look += fmt.Sprintln(file, info.Size(), info.ModTime().UnixNano(), info.Mode())
		}
		return err
	})
	return look, err
}
