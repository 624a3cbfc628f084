package workflows

import "testing"

func TestWorkerIdentity(t *testing.T) {
	for _, w := range []Worker{{"laptop", "/home/ada/.athanor", 12}, {"", "/a b:c#3", 4}} {
		if got, ok := ParseWorker(w.String()); !ok || got != w {
			t.Errorf("ParseWorker(%q) = %+v, %t", w.String(), got, ok)
		}
	}
	for _, s := range []string{"", "12@laptop@", "athanor@laptop", "athanor@laptop#3", "athanor@laptop:/home", "athanor@laptop:/home#x", "athanor@la#1ptop:x"} {
		if w, ok := ParseWorker(s); ok {
			t.Errorf("ParseWorker(%q) = %+v, want none", s, w)
		}
	}
}
