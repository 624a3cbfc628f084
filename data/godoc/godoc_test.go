package godoc

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestExtract(t *testing.T) {
	tree := fstest.MapFS{
		"a/a.go": {Data: []byte(`// Copyright someone.

// Package a does [A].
//
//	code()
//
// More of it,
// wrapped.
package a

import "fmt" // no

// A is exported.
//
//go:noinline
func A() {}

// b is not.
func b() {}

// Kinds of things.
const (
	// One is 1.
	One = 1
	// two is hidden.
	two = 2
)

// hidden group
var x, y = 1, 2

// T has a naïve comment.
type T struct{}
`)},
		"a/a_windows.go": {Data: []byte("package a\n\n// A is exported.\nfunc A() {}\n\n// M is a method.\nfunc (t T) M() {}\n")},
		"a/a_test.go":    {Data: []byte("// Package a_test is a test.\npackage a_test\n")},
		"b/broken.go":    {Data: []byte("// Package b\npackage")},
		"c/main.go":      {Data: []byte("// Command c.\npackage main\n")},
		"internal/i.go":  {Data: []byte("// Package i.\npackage i\n")},
		"z/z.go":         {Data: []byte("// Package z is last.\npackage z\n")},
	}
	text, err := Extract(tree, 1<<20)
	want := "Package a does A.\n\nMore of it, wrapped.\n\nA is exported.\n\nKinds of things.\n\nOne is 1.\n\nM is a method.\n\nPackage z is last.\n\n"
	if err != nil || text != want {
		t.Errorf("got %q, %v\nwant %q", text, err, want)
	}
	if text, err = Extract(tree, 1<<20, "z"); err != nil || text != "Package z is last.\n\n" {
		t.Errorf("only z: %q, %v", text, err)
	}
	if text, err = Extract(tree, 5); err != nil || strings.Contains(text, "Package z") {
		t.Errorf("5 bytes: %q, %v, want what begins in them", text, err)
	}
}

func TestSampleReadsLikeLanguage(t *testing.T) {
	if n := len(Sample); n < 100_000 || n > 250_000 {
		t.Errorf("the sample has %d bytes", n)
	}
	letters := 0
	for _, c := range Sample {
		if c >= 0x7F {
			t.Fatalf("the sample has %q", c)
		}
		if c == ' ' || c >= 'a' && c <= 'z' {
			letters++
		}
	}
	if share := float64(letters) / float64(len(Sample)); share < 0.85 {
		t.Errorf("%.0f%% of the sample are small letters and blanks", 100*share)
	}
}
