package lm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// The files of a model's folder.
const (
	ConfigFile  = "config.json"
	WeightsFile = "model.safetensors"
	IndexFile   = "model.safetensors.index.json" // says which file has which tensor, when there are several
)

// Folder is a model's folder, opened for reading. It is an nn.Source.
type Folder struct {
	Dir    string
	Config []byte // the text of config.json

	files []*safetensors.File
	in    map[string]*safetensors.File // by tensor
}

// ReadConfig reads the folder's config.json and what it calls the family, "gpt2".
func ReadConfig(dir string) (config []byte, modelType string, err error) {
	config, err = os.ReadFile(filepath.Join(dir, ConfigFile))
	if err != nil {
		return nil, "", fmt.Errorf("open model: %w", err)
	}
	var c struct {
		ModelType string `json:"model_type"`
	}
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, "", fmt.Errorf("open model: %s: %w", filepath.Join(dir, ConfigFile), err)
	}
	return config, c.ModelType, nil
}

// OpenFolder reads config.json and the headers of the weights' files. The caller closes the Folder.
func OpenFolder(dir string) (*Folder, error) {
	config, _, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{Dir: dir, Config: config, in: map[string]*safetensors.File{}}
	if err := f.openWeights(); err != nil {
		return nil, errors.Join(fmt.Errorf("open model %s: %w", dir, err), f.Close())
	}
	return f, nil
}

func (f *Folder) openWeights() error {
	file, err := f.open(WeightsFile)
	if err == nil {
		for _, name := range file.Names() {
			f.in[name] = file
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := os.ReadFile(filepath.Join(f.Dir, IndexFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is neither %s nor %s", WeightsFile, IndexFile)
	}
	if err != nil {
		return err
	}
	return f.openShards(text)
}

// openShards opens the files that an index names, and checks that each tensor is where the index says.
func (f *Folder) openShards(index []byte) error {
	var x struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(index, &x); err != nil {
		return fmt.Errorf("%s: %w", IndexFile, err)
	}
	shards := map[string]*safetensors.File{}
	for _, name := range slices.Sorted(maps.Keys(x.WeightMap)) {
		shard := x.WeightMap[name]
		if shard != filepath.Base(shard) || !filepath.IsLocal(shard) {
			return fmt.Errorf("%s: tensor %q is said to be in %q, which is not the name of a file beside it", IndexFile, name, shard)
		}
		if shards[shard] == nil {
			file, err := f.open(shard)
			if err != nil {
				return err
			}
			shards[shard] = file
		}
		if _, ok := shards[shard].Shape(name); !ok {
			return fmt.Errorf("%s: tensor %q is said to be in %s, which does not have it", IndexFile, name, shard)
		}
		f.in[name] = shards[shard]
	}
	return nil
}

func (f *Folder) open(name string) (*safetensors.File, error) {
	file, err := safetensors.Open(filepath.Join(f.Dir, name))
	if err == nil {
		f.files = append(f.files, file)
	}
	return file, err
}

// Names lists the tensors in order of their names.
func (f *Folder) Names() []string { return slices.Sorted(maps.Keys(f.in)) }

// Shape is the shape of a tensor; ok is false when there is none of that name.
func (f *Folder) Shape(name string) (shape tensorlib.Shape, ok bool) {
	if f.in[name] == nil {
		return nil, false
	}
	return f.in[name].Shape(name)
}

// Tensor reads one tensor.
func (f *Folder) Tensor(name string) (*tensorlib.Tensor, error) {
	if f.in[name] == nil {
		return nil, fmt.Errorf("%s has no tensor %q", f.Dir, name)
	}
	return f.in[name].Tensor(name)
}

// Close closes the files.
func (f *Folder) Close() error {
	var errs []error
	for _, file := range f.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}
