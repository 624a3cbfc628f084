package kernelspec

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func environment(vars map[string]string) Env { return func(name string) string { return vars[name] } }

func TestInstallFindRemove(t *testing.T) {
	home := t.TempDir()
	env := environment(map[string]string{"HOME": home, "JUPYTER_DATA_DIR": filepath.Join(home, "data")})
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	user, err := Target{}.Dir(env)
	if err != nil {
		t.Fatal(err)
	}
	prefix := filepath.Join(home, "venv")
	inPrefix, err := Target{Prefix: prefix}.Dir(env)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // again replaces
		if err := Install(user, New(binary, map[string]string{"A": "b"})); err != nil {
			t.Fatal(err)
		}
	}
	if err := Install(inPrefix, New(binary, nil)); err != nil {
		t.Fatal(err)
	}
	found := Find(env, prefix)
	if len(found) != 2 || found[0].Dir != user || found[1].Dir != inPrefix {
		t.Fatalf("Find = %+v, want the user's and then the prefix's", found)
	}
	s := found[0].Spec
	if s.DisplayName != "Go (athanor)" || s.InterruptMode != "message" || s.Argv[0] != binary || s.Env["A"] != "b" {
		t.Errorf("spec read back = %+v", s)
	}
	for name, size := range map[string]int{"logo-32x32.png": 32, "logo-64x64.png": 64} {
		data, err := os.ReadFile(filepath.Join(user, name))
		if err != nil {
			t.Fatal(err)
		}
		if c, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != size {
			t.Errorf("%s is %v, %v", name, c, err)
		}
	}
	if err := Remove(user); err != nil {
		t.Fatal(err)
	}
	if err := Remove(user); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("second Remove = %v, want ErrNotInstalled", err)
	}
	if found := Find(env, prefix); len(found) != 1 {
		t.Errorf("after Remove: %+v", found)
	}
}

func TestInstallRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "k")
	for _, binary := range []string{"", "athanor", filepath.Join(dir, "missing")} {
		if err := Install(dir, New(binary, nil)); err == nil {
			t.Errorf("Install with binary %q succeeded", binary)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a refused Install left a directory")
	}
	other := t.TempDir() // holds something else
	if err := Remove(other); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("Remove of a foreign directory = %v", err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error("Remove deleted a foreign directory")
	}
}

func TestSearchPath(t *testing.T) {
	env := environment(map[string]string{"HOME": "/h", "XDG_DATA_HOME": "/x", "JUPYTER_PATH": "/a" + string(os.PathListSeparator) + "/b"})
	got := SearchPath(env, "/venv", "")
	for i, want := range []string{"/a/kernels", "/b/kernels"} {
		if got[i] != want {
			t.Errorf("SearchPath[%d] = %s, want %s", i, got[i], want)
		}
	}
	if !slices.Contains(got, "/venv/share/jupyter/kernels") {
		t.Errorf("SearchPath = %v, want the prefix in it", got)
	}
	if _, err := UserDir(environment(nil)); err == nil || !strings.Contains(err.Error(), "HOME") {
		t.Errorf("UserDir without a home = %v", err)
	}
}
