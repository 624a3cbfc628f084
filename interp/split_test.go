package interp

import (
	"go/token"
	"strings"
	"testing"
)

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"x := 1", "import \"fmt\"\nfunc f() {}\nf()", "for i := 0; i < 3; i++ { }", "a; b; type T struct{}; c", "`raw", "}{", "func (t T) M() {}; func() {}()", "if x := f(); x {} else {}; y", "\r\n;;", "L: for {}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, c := range split(text) {
			if c.from < at || c.to < c.from || c.to > len(text) {
				t.Fatalf("split(%q): chunk [%d:%d) after %d", text, c.from, c.to, at)
			}
			at = c.to
		}
		src, _ := parse(token.NewFileSet(), 1, text)
		if src == nil || src.body == nil {
			t.Fatalf("parse(%q) has no body", text)
		}
	})
}

func TestSplitKinds(t *testing.T) {
	text := "import \"fmt\"; x := 1; func f() {}; func() {}(); type T struct{}; for i := 0; i < 2; i++ { x++ }; const c = 1"
	var got []string
	for _, c := range split(text) {
		got = append(got, [...]string{"stmt", "decl", "import"}[c.kind])
	}
	if want := "import stmt decl stmt decl stmt decl"; strings.Join(got, " ") != want {
		t.Errorf("split kinds = %v, want %s", got, want)
	}
}
