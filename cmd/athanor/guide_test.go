package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/train/spec"
)

// blocks are the blocks of a language in a text of Markdown.
func blocks(t *testing.T, file, language string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for rest := string(text); ; {
		_, after, ok := strings.Cut(rest, "```"+language+"\n")
		if !ok {
			return found
		}
		block, next, closed := strings.Cut(after, "```")
		if !closed {
			t.Fatalf("%s: a block of %s does not end", file, language)
		}
		found, rest = append(found, block), next
	}
}

// Every run.yaml of the guide is one that `run start` takes, and the first is the preset that it says it is.
func TestGuideSpecs(t *testing.T) {
	all := blocks(t, "../../docs/guide/runs.md", "yaml")
	if len(all) != 3 {
		t.Fatalf("%d specs in the guide, want 3", len(all))
	}
	for i, text := range all {
		run, err := spec.Parse([]byte(text))
		if err != nil {
			t.Errorf("spec %d: %v\n%s", i+1, err, text)
			continue
		}
		if i == 0 {
			preset, err := spec.Preset("char-gpt")
			if err != nil {
				t.Fatal(err)
			}
			run.Name, preset.Preset = "", ""
			if got, want := asJSON(t, run), asJSON(t, preset); got != want {
				t.Errorf("the guide's whole spec is\n%s\nand the preset char-gpt\n%s", got, want)
			}
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The cells of each page of the guide run, one after the other in one notebook.
func TestGuideCells(t *testing.T) {
	pages, err := filepath.Glob("../../docs/guide/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		cells := blocks(t, page, "go")
		if len(cells) == 0 {
			continue
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			dir := t.TempDir()
			book := filepath.Join(dir, "page.ipynb")
			writeNotebook(t, book, cells...)
			cmd := exec.Command("athanor", "nb", "run", book)
			cmd.Env = append(os.Environ(), "ATHANOR_HOME="+filepath.Join(dir, "home"), "HOME="+dir)
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("athanor nb run: %v\n%s", err, text)
			}
		})
	}
}
