package train

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train/ckpt"
)

// publish leaves what a finished run gives to others, each whole or not at all, and a result.json that names it. A run that has done so
// before with the same weights does nothing.
func (r *running) publish(ctx context.Context) error {
	if r.published() {
		return nil
	}
	outputs := map[string]Output{}
	writers := r.writers()
	for _, role := range slices.Sorted(maps.Keys(writers)) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("stopped before its outputs were published: %w", err)
		}
		key := r.key.Outputs(role)
		if err := r.store.Publish(r.ctx, key, writers[role], r.lease.Guard()); err != nil {
			return fmt.Errorf("output %s: %w", role, r.lease.Explain(r.ctx, err))
		}
		dir, err := r.store.Open(r.ctx, key)
		if err != nil {
			return fmt.Errorf("output %s: %w", role, err)
		}
		sum, err := hashFolder(dir)
		if err != nil {
			return fmt.Errorf("output %s: %w", role, err)
		}
		outputs[role] = Output{Path: dir, SHA256: sum}
	}
	r.outputs = outputs
	res := r.result()
	res.Events = nil
	text, err := json.MarshalIndent(res, "", "  ")
	if err != nil {
		return err
	}
	return r.lease.Explain(r.ctx, store.Put(r.ctx, r.store, r.key.Result(), append(text, '\n'), r.lease.Guard()))
}

// writers are what fills the folders of the outputs: what the stage says, else its modules.
func (r *running) writers() map[string]func(dir string) error {
	if p, ok := r.stage.(Producer); ok {
		return p.Outputs()
	}
	parts := r.stage.Checkpoint()
	w := map[string]func(dir string) error{}
	for name, m := range parts.Modules {
		w[name] = func(dir string) error { return saveFolder(dir, m, parts) }
	}
	return w
}

// saveFolder writes a module as a folder that others open, with the tokenizer beside it.
func saveFolder(dir string, m ckpt.Module, parts ckpt.Parts) error {
	if err := m.Save(dir); err != nil {
		return err
	}
	if parts.Tokenizer == nil {
		return nil
	}
	return tokenizer.Save(dir, parts.Tokenizer)
}

// published takes over the outputs of the result that is there, when it is of these weights and its outputs are there.
func (r *running) published() bool {
	text, err := store.ReadIf(r.ctx, r.store, r.key.Result())
	var old Result
	if err != nil || text == nil || json.Unmarshal(text, &old) != nil {
		return false
	}
	if old.Step != r.progress.Step || old.WeightsSHA256 != r.saved.WeightsSHA256 || len(old.Outputs) == 0 {
		return false
	}
	for _, out := range old.Outputs {
		if _, err := os.Stat(out.Path); err != nil {
			return false
		}
	}
	r.outputs = old.Outputs
	return true
}

// Check reports an output that is not there or does not hold what it held.
func (o Output) Check() error {
	sum, err := hashFolder(o.Path)
	if err == nil && sum != o.SHA256 {
		err = fmt.Errorf("%s holds %s, it was left with %s", o.Path, sum, o.SHA256)
	}
	return err
}

// hashFolder is the SHA-256, in hex, of the names and contents of all files in a folder.
func hashFolder(dir string) (string, error) {
	whole := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		fmt.Fprintf(whole, "%s %x\n", filepath.ToSlash(rel), h.Sum(nil))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hash %s: %w", dir, err)
	}
	return hex.EncodeToString(whole.Sum(nil)), nil
}

// hashTexts is the SHA-256, in hex, of texts in their order.
func hashTexts(texts []string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d %s\n", len(t), t)
	}
	return hex.EncodeToString(h.Sum(nil))
}
