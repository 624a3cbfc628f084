package ckpt

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/store/local"
)

// Whatever a manifest says, it is taken only if every file it names lies inside the checkpoint, and then reading what it
// says again gives the same.
func FuzzManifest(f *testing.F) {
	s := local.New(f.TempDir())
	l, err := Acquire(f.Context(), s, dir, 0, "test")
	if err != nil {
		f.Fatal(err)
	}
	parts, meta := sample(1, 1)
	info, err := Save(f.Context(), l, parts, meta)
	if err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(info.Path, manifestFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(bytes.ReplaceAll(text, []byte("policy/"), []byte("../")))
	f.Add(bytes.ReplaceAll(text, []byte(`"format": 2`), []byte(`"format": 3`)))
	f.Add([]byte(`{"format": 1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest(text)
		if err != nil {
			if len(err.Error()) > 1000 && len(text) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		for name := range m.Files {
			if !filepath.IsLocal(name) || strings.Contains(name, "..") && !filepath.IsLocal(filepath.Join("x", name, "..")) {
				t.Errorf("file %q lies outside", name)
			}
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseManifest(again); err != nil || !reflect.DeepEqual(back, m) {
			t.Errorf("%s: read again it is %+v, %v", again, back, err)
		}
	})
}

// Whatever a lease says, it is taken only with a token after which another can come or is refused by name.
func FuzzLease(f *testing.F) {
	f.Add([]byte(`{"token":5,"owner":"process 7 on x","since":"2026-11-28T07:00:00Z"}`))
	f.Add([]byte(`{"token":9223372036854775807}`))
	f.Add([]byte(`{"token":-1}`))
	f.Add([]byte(`{"token":1}{"token":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := parseLease(text)
		if err != nil {
			if !errors.Is(err, ErrLease) || h != (holder{}) {
				t.Errorf("parseLease: %+v, %v", h, err)
			}
			return
		}
		if h.Token < 1 || h.Token > MaxToken || h.Token+1 < h.Token {
			t.Errorf("token %d is taken", h.Token)
		}
	})
}
