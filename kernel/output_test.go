package kernel

import "testing"

// A character whose bytes come in two pieces is never sent in two messages.
func TestWhole(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "é": 2, "\xc3": 0, "ab\xe2\x82": 2, "ab€": 5, "\xf0\x9f\x94": 0, "x🔥": 5,
		"\xff": 1, "a\x80\x80\x80\x80": 5, // never a character: sent as it is, and replaced there
	} {
		if got := whole(text); got != want {
			t.Errorf("whole(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, tc := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXbYbZ", false},
		{"?", "é", true},
		{"??", "é", false},
		{"*é?", "caféx", true},
		{"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	} {
		if got := glob(tc.pattern, tc.text); got != tc.want {
			t.Errorf("glob(%q, %q) = %v, want %v", tc.pattern, tc.text, got, tc.want)
		}
	}
}

func TestQuestion(t *testing.T) {
	for code, want := range map[string]string{
		"?x": "x", "x?": "x", "fmt.Println?": "fmt.Println", " x?? \n": "x", "?": "", "x": "", "x := y?": "", `s := "?"`: "",
		"a\nb?": "", "f(x)?": "",
	} {
		name, _, ok := question(code)
		if name != want || ok != (want != "") {
			t.Errorf("question(%q) = %q, %v; want %q", code, name, ok, want)
		}
	}
}
