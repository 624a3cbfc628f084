package doctor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Jupyter looks for a Jupyter on the PATH and reports the versions of its parts.
func Jupyter() []Finding {
	const fix = "optional; a notebook front end: python3 -m pip install jupyterlab   (then: athanor install)"
	path, err := exec.LookPath("jupyter")
	if err != nil {
		return []Finding{{"jupyter", Optional, "not on the PATH", fix}}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return []Finding{{"jupyter", Warn, fmt.Sprintf("%s --version: %v", path, err), fix}}
	}
	var parts []string
	for line := range strings.Lines(string(out)) {
		name, version, found := strings.Cut(line, ":")
		name, version = strings.TrimSpace(name), strings.TrimSpace(version)
		if found && version != "" && version != "not installed" && strings.HasPrefix(name, "jupyter") {
			parts = append(parts, strings.TrimPrefix(name, "jupyter_")+" "+version)
		}
	}
	return []Finding{ok("jupyter", "%s (%s)", path, strings.Join(parts, ", "))}
}

// Kernelspec reports where the kernelspec is installed: dir is empty when it is not; argv0 is the program that it starts.
func Kernelspec(dir, argv0 string) Check {
	return func() []Finding {
		if dir == "" {
			return []Finding{{"kernelspec", Optional, "not installed", "athanor install"}}
		}
		if _, err := os.Stat(argv0); err != nil {
			return []Finding{{"kernelspec", Warn, fmt.Sprintf("%s starts %s, which is gone", dir, argv0), "athanor install"}}
		}
		return []Finding{ok("kernelspec", "%s -> %s", dir, argv0)}
	}
}

// dataFiles are the public files that presets and tests know, with the SHA-256 that a good copy has.
var dataFiles = []struct{ name, sha256 string }{
	{"tinyshakespeare.txt", "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"},
}

// Data reports the data directory and the files in it. An empty dir means that none was found.
func Data(dir string) Check {
	return func() []Finding {
		if dir == "" {
			return []Finding{{
				"data", Optional, "no data directory; the doc comments of the Go standard library are the corpus",
				"set ATHANOR_DATA to a folder with tinyshakespeare.txt (karpathy/char-rnn, data/tinyshakespeare/input.txt)",
			}}
		}
		all := []Finding{ok("data", "%s", dir)}
		for _, f := range dataFiles {
			all = append(all, dataFile(filepath.Join(dir, f.name), f.sha256))
		}
		return all
	}
}

func dataFile(path, want string) Finding {
	name := filepath.Base(path)
	file, err := os.Open(path)
	if err != nil {
		return Finding{name, Optional, "not in the data directory", "the doc comments of the Go standard library are used in its place"}
	}
	defer file.Close()
	h := sha256.New()
	n, err := io.Copy(h, file)
	if err != nil {
		return Finding{name, Warn, err.Error(), "check the disk, or fetch the file again"}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return Finding{name, Warn, fmt.Sprintf("SHA-256 is %s…, a good copy has %s…", got[:12], want[:12]), "fetch the file again"}
	}
	return ok(name, "%d bytes, SHA-256 as published", n)
}

// Toolchain reports the go command, which the kernel does not need; the corpus "gosrc" does.
func Toolchain() []Finding {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "go", "version").Output()
	if err != nil {
		return []Finding{{"go", Optional, "no go command on the PATH", "only the corpus gosrc and development need it: https://go.dev/dl"}}
	}
	return []Finding{ok("go", "%s", strings.TrimSpace(strings.TrimPrefix(string(out), "go version ")))}
}

// Writable checks that a directory can be created and written, and how much room it has.
func Writable(name, dir string, free func(string) (uint64, error)) Check {
	return func() []Finding {
		fix := fmt.Sprintf("make %s writable, or set ATHANOR_HOME to another folder", dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return []Finding{{name, Fail, err.Error(), fix}}
		}
		probe, err := os.CreateTemp(dir, ".doctor-*")
		if err != nil {
			return []Finding{{name, Fail, err.Error(), fix}}
		}
		probe.Close()
		os.Remove(probe.Name())
		room, err := free(dir)
		if err != nil {
			return []Finding{{name, Warn, err.Error(), ""}}
		}
		if room < 1<<30 {
			return []Finding{{name, Warn, fmt.Sprintf("%s, only %d MiB free", dir, room>>20), "checkpoints need room: free some, or set ATHANOR_HOME"}}
		}
		return []Finding{ok(name, "%s, %.1f GiB free", dir, float64(room)/(1<<30))}
	}
}

// Versions reports athanor itself.
func Versions(athanor, language string) Check {
	return func() []Finding { return []Finding{ok("athanor", "%s, built with Go %s", athanor, language)} }
}

// Server reports the Temporal server of the home directory; line describes it.
func Server(line string, up bool) Check {
	return func() []Finding {
		if !up {
			return []Finding{{"server", Optional, line, "runs start one by themselves; to keep one running: athanor up --detach"}}
		}
		return []Finding{ok("server", "%s", line)}
	}
}
