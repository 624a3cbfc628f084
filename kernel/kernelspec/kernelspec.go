// Package kernelspec writes, finds and removes the directory that tells Jupyter about the kernel: kernels/athanor with
// kernel.json and two logos, in one of Jupyter's data directories.
//
// Paths follow jupyter_core: JUPYTER_PATH first, then the user's directory (JUPYTER_DATA_DIR, else the system's usual
// place), then the prefix's share/jupyter, then /usr/local/share and /usr/share. The environment is read through a function
// that the caller passes in.
package kernelspec

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Name is the directory of the kernelspec, and what `jupyter console --kernel` wants.
const Name = "athanor"

// Spec is kernel.json.
type Spec struct {
	Argv            []string          `json:"argv"`
	DisplayName     string            `json:"display_name"`
	Language        string            `json:"language"`
	InterruptMode   string            `json:"interrupt_mode"`
	ProtocolVersion string            `json:"kernel_protocol_version"`
	Env             map[string]string `json:"env,omitempty"`
	Metadata        map[string]any    `json:"metadata,omitempty"`
}

// New is the spec of the kernel in the given binary (an absolute path). env is what the kernel should see besides the
// front end's environment; nil for nothing.
func New(binary string, env map[string]string) Spec {
	return Spec{
		Argv:        []string{binary, "kernel", "--connection-file", "{connection_file}"},
		DisplayName: "Go (athanor)", Language: "go", InterruptMode: "message", ProtocolVersion: "5.5", Env: env,
	}
}

// Env looks a variable of the environment up, as os.Getenv.
type Env func(name string) string

// Target says where to install: Prefix if given (PREFIX/share/jupyter), else the user's directory.
type Target struct{ Prefix string }

// UserDir is Jupyter's data directory of the user.
func UserDir(env Env) (string, error) {
	if dir := env("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	home := env("HOME")
	switch runtime.GOOS {
	case "windows":
		if dir := env("APPDATA"); dir != "" {
			return filepath.Join(dir, "jupyter"), nil
		}
	case "darwin":
		if home != "" {
			return filepath.Join(home, "Library", "Jupyter"), nil
		}
	default:
		if dir := env("XDG_DATA_HOME"); dir != "" {
			return filepath.Join(dir, "jupyter"), nil
		}
		if home != "" {
			return filepath.Join(home, ".local", "share", "jupyter"), nil
		}
	}
	return "", errors.New("kernelspec: no home directory in the environment: set HOME or JUPYTER_DATA_DIR")
}

// Dir is where the kernelspec goes for a target.
func (t Target) Dir(env Env) (string, error) {
	if t.Prefix != "" {
		return filepath.Join(t.Prefix, "share", "jupyter", "kernels", Name), nil
	}
	user, err := UserDir(env)
	return filepath.Join(user, "kernels", Name), err
}

// SearchPath lists the directories in which Jupyter looks for kernels, first wins. prefixes are those of Python environments
// known to the caller, such as VIRTUAL_ENV.
func SearchPath(env Env, prefixes ...string) []string {
	dirs := filepath.SplitList(env("JUPYTER_PATH"))
	if user, err := UserDir(env); err == nil {
		dirs = append(dirs, user)
	}
	for _, p := range prefixes {
		if p != "" {
			dirs = append(dirs, filepath.Join(p, "share", "jupyter"))
		}
	}
	if runtime.GOOS != "windows" {
		dirs = append(dirs, "/usr/local/share/jupyter", "/usr/share/jupyter")
	}
	for i, d := range dirs {
		dirs[i] = filepath.Join(d, "kernels")
	}
	return dirs
}

// Find returns every installed kernelspec of ours, in the order in which Jupyter finds them: the first is in force.
func Find(env Env, prefixes ...string) []Found {
	var found []Found
	for _, dir := range SearchPath(env, prefixes...) {
		path := filepath.Join(dir, Name)
		data, err := os.ReadFile(filepath.Join(path, "kernel.json"))
		if err != nil {
			continue
		}
		f := Found{Dir: path}
		f.Err = json.Unmarshal(data, &f.Spec)
		found = append(found, f)
	}
	return found
}

// Found is one installed kernelspec. Err says that its kernel.json cannot be read.
type Found struct {
	Dir  string
	Spec Spec
	Err  error
}

// Install writes the kernelspec into dir, replacing one that is there. The binary it names must exist.
func Install(dir string, spec Spec) error {
	if len(spec.Argv) == 0 || !filepath.IsAbs(spec.Argv[0]) {
		return fmt.Errorf("kernelspec: argv %q: want the absolute path of the binary first", spec.Argv)
	}
	if _, err := os.Stat(spec.Argv[0]); err != nil {
		return fmt.Errorf("kernelspec: the kernel's binary: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("kernelspec: %w (--user or --prefix DIR chooses another place)", err)
	}
	for name, size := range map[string]int{"logo-32x32.png": 32, "logo-64x64.png": 64} {
		if err := write(filepath.Join(dir, name), logo(size)); err != nil {
			return err
		}
	}
	data, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return err
	}
	return write(filepath.Join(dir, "kernel.json"), append(data, '\n')) // last: Jupyter sees a kernel when it is whole
}

func write(path string, data []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, data, 0o644); err != nil {
		return fmt.Errorf("kernelspec: %w", err)
	}
	return os.Rename(tmp, path)
}

// ErrNotInstalled is returned by Remove when there is no kernelspec.
var ErrNotInstalled = errors.New("kernelspec: not installed")

// Remove removes the kernelspec at dir. It refuses a directory that holds no kernel.json.
func Remove(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "kernel.json")); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w in %s", ErrNotInstalled, dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("kernelspec: %w", err)
	}
	return nil
}
