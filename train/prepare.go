package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// ErrInput is wrapped by the errors of a run whose data or inputs are not there or cannot be used: trying again does not help.
var ErrInput = errors.New("input")

// Prepared is what is known of a run before it begins.
type Prepared struct {
	Data   string                `json:"data,omitempty"`   // the prepared data, a directory of the cache; empty: none
	Steps  int                   `json:"steps,omitempty"`  // of the run, where its spec leaves that to the data
	Inputs map[string]spec.Input `json:"inputs,omitempty"` // what the section's Inputs name, found
}

// Prepare finds the inputs of a run and prepares its data, so that everything that can be known to be wrong is known before the first
// step. note, which may be nil, is told of what was repaired.
func Prepare(ctx context.Context, run spec.Run, o Options, note func(kind, text string)) (Prepared, error) {
	if err := run.Validate(); err != nil {
		return Prepared{}, fmt.Errorf("the spec is not valid:\n%w", err)
	}
	if note == nil {
		note = func(string, string) {}
	}
	p, err := prepare(ctx, &run, &o, note)
	if err != nil {
		return Prepared{}, fmt.Errorf("prepare %s: %w", run.Kind, err)
	}
	return p, nil
}

func prepare(ctx context.Context, run *spec.Run, o *Options, note func(kind, text string)) (Prepared, error) {
	k, err := kindOf(run)
	if err != nil {
		return Prepared{}, err
	}
	inputs, err := findInputs(ctx, run, o)
	if err != nil {
		return Prepared{}, err
	}
	p := Prepared{Inputs: inputs}
	data, steps, err := k.prepare(o.env(run, p, note))
	if err != nil {
		return Prepared{}, err
	}
	if o.Data != "" && data != o.Data {
		return Prepared{}, fmt.Errorf("%w: it was begun with data %s, which is lost, and its source now gives %s", ErrMismatch, o.Data, data)
	}
	p.Data, p.Steps = data, steps
	return p, nil
}

// env is what a stage of this run is made from.
func (o *Options) env(run *spec.Run, p Prepared, note func(kind, text string)) Env {
	e := Env{
		Run: run, DataDir: o.DataDir, CacheDir: CacheDir(o.Home), Data: o.Data, Inputs: map[string]string{},
		Steps: stepsOf(run.Section().Plan().Steps, p.Steps), Note: note,
	}
	if p.Data != "" {
		e.Data = p.Data
	}
	for role, in := range p.Inputs {
		e.Inputs[role] = in.Path
	}
	return e
}

// findInputs finds what the section's Inputs name, unless the run says where they lie.
func findInputs(ctx context.Context, run *spec.Run, o *Options) (map[string]spec.Input, error) {
	inputs := maps.Clone(run.Inputs)
	named := run.Section().Inputs()
	for _, role := range slices.Sorted(maps.Keys(named)) {
		from := named[role]
		if in, ok := inputs[role]; ok {
			if _, err := os.Stat(in.Path); err != nil {
				return nil, fmt.Errorf("%w %s, %q: %w", ErrInput, role, from, err)
			}
			continue
		}
		in, err := findInput(ctx, role, from, o)
		if err != nil {
			return nil, fmt.Errorf("%w %s: %w", ErrInput, role, err)
		}
		if inputs == nil {
			inputs = map[string]spec.Input{}
		}
		inputs[role] = in
	}
	return inputs, nil
}

// findInput finds a folder that is named by its path, or by the run that made it.
func findInput(ctx context.Context, role, from string, o *Options) (spec.Input, error) {
	if dir, err := ModelFolder(from); err == nil {
		sum, err := hashFolder(dir)
		return spec.Input{Path: dir, SHA256: sum}, err
	} else if !errors.Is(err, os.ErrNotExist) {
		return spec.Input{}, err
	}
	text, err := store.ReadIf(ctx, o.store(), store.Run(from).Result())
	if err != nil {
		return spec.Input{}, err
	}
	if text != nil {
		var r Result
		if err := json.Unmarshal(text, &r); err != nil {
			return spec.Input{}, fmt.Errorf("the result of run %s is damaged: %w", from, err)
		}
		if out, ok := r.Outputs[role]; ok {
			return spec.Input{Path: out.Path, SHA256: out.SHA256}, nil
		}
	}
	l, _, err := ckpt.Latest(ctx, o.store(), store.Run(from).Checkpoints())
	if err != nil {
		return spec.Input{}, fmt.Errorf("%q is neither a folder with a config.json nor a run of %s with a %s", from, o.Home, role)
	}
	dir, err := l.Module(role)
	if err != nil {
		return spec.Input{}, err
	}
	sum, err := hashFolder(dir)
	return spec.Input{Path: dir, SHA256: sum}, err
}

// ModelFolder is the folder with the config.json of a model that dir stands for: dir itself, the model of a checkpoint, or that of the
// newest checkpoint or the output of a run's directory. The error wraps os.ErrNotExist when dir is none of these.
func ModelFolder(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for _, sub := range []string{".", modelPart, filepath.Join("outputs", modelPart)} {
		if _, err := os.Stat(filepath.Join(abs, sub, "config.json")); err == nil {
			return filepath.Join(abs, sub), nil
		}
	}
	if _, err := os.Stat(filepath.Join(abs, checkpointsKey)); err == nil {
		l, _, err := ckpt.Latest(context.Background(), local.New(abs), checkpointsKey)
		if err != nil {
			return "", err
		}
		return l.Module(modelPart)
	}
	return "", fmt.Errorf("%s: no config.json, no checkpoint and no run with a model: %w", dir, os.ErrNotExist)
}

// modelPart is the name of the model, and of its optimizer, in a checkpoint, and its role as an input and output.
const modelPart = "model"
