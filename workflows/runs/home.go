package runs

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/athanor-ml/athanor/workflows"
)

// Queue is the task queue of a home: that of its id, which lies in HOME/id and is made when absent. Workers on several machines that share
// a home share it, however its path reads there; a home that is moved keeps it.
func Queue(home string) (string, error) {
	id, err := homeID(home)
	if err != nil {
		return "", fmt.Errorf("id of the home directory: %w", err)
	}
	return workflows.TaskQueue(id), nil
}

func homeID(home string) (string, error) {
	path := filepath.Join(home, "id")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeID(path); err != nil {
			return "", err
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(string(text))
	if b, err := hex.DecodeString(id); err != nil || len(b) != idBytes {
		return "", fmt.Errorf("%s holds %.40q, want %d hexadecimal digits: delete it when no run of this home goes on", path, id, 2*idBytes)
	}
	return id, nil
}

const idBytes = 6

// makeID writes an id, whole. Of several processes that do so at once one wins.
func makeID(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	id := make([]byte, idBytes)
	_, _ = rand.Read(id) // never fails
	f, err := os.CreateTemp(filepath.Dir(path), ".id-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(hex.EncodeToString(id) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
