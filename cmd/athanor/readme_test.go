package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The README's cell runs as it stands, only shorter, and shows a picture and text.
func TestReadmeCell(t *testing.T) {
	cell := strings.ReplaceAll(readmeCell(t), "300", "6")
	dir := t.TempDir()
	book, out := filepath.Join(dir, "readme.ipynb"), filepath.Join(dir, "out.ipynb")
	writeNotebook(t, book, cell)
	cmd := exec.Command("athanor", "nb", "run", book, "-o", out)
	cmd.Env = append(os.Environ(), "ATHANOR_HOME="+filepath.Join(dir, "home"), "HOME="+dir, "GOROOT="+goroot())
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("athanor nb run: %v\n%s", err, text)
	}
	executed, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"image/png"`, `"output_type": "stream"`} {
		if !strings.Contains(string(executed), want) {
			t.Errorf("the executed notebook has no %s", want)
		}
	}
}

// readmeCell is the first block of Go in the README.
func readmeCell(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```go\n")
	cell, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("README.md has no block of Go")
	}
	return cell
}

// writeNotebook writes a notebook of these cells.
func writeNotebook(t *testing.T, path string, sources ...string) {
	t.Helper()
	var cells []any
	for i, source := range sources {
		cells = append(cells, map[string]any{
			"cell_type": "code", "id": fmt.Sprint("cell-", i), "metadata": map[string]any{}, "execution_count": nil, "outputs": []any{}, "source": source,
		})
	}
	book, err := json.Marshal(map[string]any{
		"nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{}, "cells": cells,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, book, 0o644); err != nil {
		t.Fatal(err)
	}
}
