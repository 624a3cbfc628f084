package interp_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestPlay runs the cells of the file named by PLAY, split at lines "---", and prints what happens.
func TestPlay(t *testing.T) {
	b, err := os.ReadFile(os.Getenv("PLAY"))
	if err != nil {
		t.Skip("PLAY names no file of cells")
	}
	s := newSession(t)
	for i, c := range strings.Split(string(b), "---\n") {
		out := &output{}
		res, e := s.Execute(context.Background(), c, i+1, out)
		fmt.Printf("--- cell %d\n%s", i+1, out.take())
		if res.Shown {
			fmt.Printf("=> %v\n", res.Data["text/plain"])
		}
		if e != nil {
			fmt.Print(s.Trace())
			fmt.Printf("ERR %v\n   %.400s\n", e, strings.Join(e.Traceback, "\n   "))
		}
	}
}
