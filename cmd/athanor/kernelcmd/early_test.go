package kernelcmd

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("ATHANOR_HOME", filepath.Join(dir, "E"))
	t.Setenv("ATHANOR_DATA", filepath.Join(dir, "D"))
	home, data := filepath.Join(dir, "E"), filepath.Join(dir, "D")
	for line, want := range map[string]Options{
		"athanor kernel --connection-file F":                  {"F", home, data},
		"athanor kernel --connection-file=F":                  {"F", home, data},
		"athanor kernel --home H --connection-file F":         {"F", "H", data},
		"athanor kernel --connection-file F --data= --home=H": {"F", "H", ""},
		"athanor kernel":                                      {},
		"athanor kernel --connection-file":                    {},
		"athanor kernel --connection-file F --help":           {},
		"athanor kernel --connection-file F --nonsense":       {},
		"athanor kernel --connection-file F more.go":          {"F", home, data}, // jupyter run more.go
		"athanor --home H kernel --connection-file F":         {},
		"athanor nb run --connection-file F":                  {},
		"athanor":                                             {},
		"kernelcmd.test -test.run kernel --connection-file F": {},
	} {
		got, ok := parse(strings.Fields(line))
		if ok != (want != Options{}) || ok && got != want {
			t.Errorf("parse(%q) = %+v, %v, want %+v", line, got, ok, want)
		}
	}
}
