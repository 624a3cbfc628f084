//go:build linux

package early

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConnectionFile(t *testing.T) {
	for line, want := range map[string]string{
		"athanor kernel --connection-file F":              "F",
		"athanor kernel --home H --connection-file F":     "F",
		"athanor kernel --connection-file=F --home H":     "F",
		"athanor kernel --connection-file":                "",
		"athanor kernel":                                  "",
		"athanor nb run --connection-file F":              "",
		"athanor":                                         "",
		"early.test -test.run kernel --connection-file F": "",
	} {
		if got := connectionFile(strings.Fields(line)); got != want {
			t.Errorf("connectionFile(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestOpen(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	file := filepath.Join(t.TempDir(), "c.json")
	text := fmt.Sprintf(`{"transport":"tcp","ip":"127.0.0.1","shell_port":%d,"iopub_port":0}`, port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := open(file); len(found) != 0 {
		t.Errorf("a busy port gave %v; it is the kernel's to report", found)
	}
	free.Close()
	sockets = open(file)
	if _, ok := Socket(port); !ok {
		t.Fatal("no socket for a free port")
	}
	c, err := net.Dial("tcp", free.Addr().String()) // nobody accepts yet
	if err != nil {
		t.Fatalf("connecting before accept: %v", err)
	}
	c.Close()
	if _, ok := Socket(port); ok {
		t.Error("a socket was handed over twice")
	}
	for _, bad := range []string{filepath.Join(t.TempDir(), "none"), os.Args[0]} {
		if found := open(bad); found != nil {
			t.Errorf("open(%s) = %v", bad, found)
		}
	}
}
