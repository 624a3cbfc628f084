// Package nbrun executes a Jupyter notebook without a browser: it starts a kernel as a process, sends it the code cells through
// the real protocol, and writes what they show back into the notebook.
//
// A Notebook is a file of nbformat 4, kept as loose JSON so that what we do not know stays as it is (notebook.go). Parameters
// become an injected cell (params.go). Outputs of a cell are built up from iopub messages as a front end would (outputs.go).
// Run puts them together (run.go).
package nbrun

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Notebook is a notebook file in memory.
type Notebook struct {
	root  map[string]any
	cells []Cell
}

// Cell is one cell of a notebook, as JSON.
type Cell map[string]any

// Read reads a notebook. Errors say what kind of file it is instead.
func Read(path string) (*Notebook, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("notebook: %w", err)
	}
	nb, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("notebook %s: %w", path, err)
	}
	return nb, nil
}

func parse(data []byte) (*Notebook, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // numbers go back as they came
	nb := &Notebook{}
	if err := dec.Decode(&nb.root); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
			return nil, fmt.Errorf("not JSON, line %d: %w; an .ipynb file is wanted", line, err)
		}
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, errors.New("not a JSON object; an .ipynb file is wanted")
		}
		return nil, fmt.Errorf("not JSON: it is empty or cut off (%w); an .ipynb file is wanted", err)
	}
	version, ok := nb.root["nbformat"].(json.Number)
	if !ok {
		return nil, errors.New(`no "nbformat" in it: this JSON file is not a notebook`)
	}
	if version != "4" {
		return nil, fmt.Errorf("nbformat %s, want 4: save it again with a present Jupyter, or jupyter nbconvert --to notebook", version)
	}
	list, ok := nb.root["cells"].([]any)
	if !ok {
		return nil, errors.New(`no list "cells" in it`)
	}
	for i, c := range list {
		cell, ok := c.(map[string]any)
		if !ok || cell["cell_type"] == nil {
			return nil, fmt.Errorf("cell %d is not a cell", i+1)
		}
		nb.cells = append(nb.cells, cell)
	}
	return nb, nb.checkLanguage()
}

// checkLanguage refuses a notebook that says it is for another language.
func (nb *Notebook) checkLanguage() error {
	meta := nb.metadata()
	spec, _ := meta["kernelspec"].(map[string]any)
	info, _ := meta["language_info"].(map[string]any)
	for _, lang := range []any{spec["language"], info["name"]} {
		if s, ok := lang.(string); ok && !strings.EqualFold(s, "go") {
			return fmt.Errorf("it is written for %s, and this kernel runs Go", s)
		}
	}
	return nil
}

func (nb *Notebook) metadata() map[string]any {
	m, ok := nb.root["metadata"].(map[string]any)
	if !ok {
		m = map[string]any{}
		nb.root["metadata"] = m
	}
	return m
}

// Write writes the notebook as Jupyter does (keys sorted, one space), whole or not at all.
func (nb *Notebook) Write(path string) error {
	cells := make([]any, len(nb.cells))
	for i, c := range nb.cells {
		cells[i] = map[string]any(c)
	}
	nb.root["cells"] = cells
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(nb.root); err != nil {
		return fmt.Errorf("notebook %s: %w", path, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".nb-*.ipynb")
	if err != nil {
		return fmt.Errorf("notebook: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(buf.Bytes())
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return fmt.Errorf("notebook %s: %w", path, err)
	}
	return os.Rename(tmp.Name(), path)
}

// Source is the text of a cell, which the file keeps as a string or as a list of lines.
func (c Cell) Source() string { return text(c["source"]) }

func text(v any) string {
	switch s := v.(type) {
	case string:
		return s
	case []any:
		var b strings.Builder
		for _, line := range s {
			part, _ := line.(string)
			b.WriteString(part)
		}
		return b.String()
	}
	return ""
}

// lines splits text as notebooks keep it: each line with its newline.
func lines(s string) []any {
	list := []any{}
	for line := range strings.Lines(s) {
		list = append(list, line)
	}
	return list
}

// Code reports whether a cell is to be run.
func (c Cell) Code() bool { return c["cell_type"] == "code" && strings.TrimSpace(c.Source()) != "" }

// Tagged reports whether a cell has a tag.
func (c Cell) Tagged(tag string) bool {
	meta, _ := c["metadata"].(map[string]any)
	tags, _ := meta["tags"].([]any)
	return slices.Contains(tags, any(tag))
}

// Title is the first line of a cell that says something, shortened.
func (c Cell) Title() string {
	for line := range strings.Lines(c.Source()) {
		if line = strings.TrimSpace(line); line != "" {
			if r := []rune(line); len(r) > 70 {
				line = string(r[:69]) + "…"
			}
			return line
		}
	}
	return ""
}

// clean removes the outputs of all code cells.
func (nb *Notebook) clean() {
	for _, c := range nb.cells {
		if c["cell_type"] == "code" {
			c["outputs"], c["execution_count"] = []any{}, nil
		}
	}
}
