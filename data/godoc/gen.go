//go:build ignore

// Gen writes sample.txt and LICENSE, from the Go installation that runs it.
package main

import (
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/athanor-ml/athanor/data/godoc"
)

func main() {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		log.Fatal(err)
	}
	root := strings.TrimSpace(string(out))
	text, err := godoc.Extract(os.DirFS(filepath.Join(root, "src")), 1<<30,
		"bufio", "bytes", "context", "errors", "flag", "fmt", "io", "io/fs", "log", "math", "os", "path", "sort", "strings", "time")
	if err != nil {
		log.Fatal(err)
	}
	licence, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		log.Fatal(err)
	}
	for name, b := range map[string][]byte{"sample.txt": []byte(text), "LICENSE": licence} {
		if err := os.WriteFile(name, b, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
