package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/athanor-ml/athanor/data/arrowio"
	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/train/spec"
)

// instManifest says what prepared instructions were made of, and what their files must be.
type instManifest struct {
	Layout    string          `json:"layout"`
	Source    string          `json:"source"`
	Rows      string          `json:"rowsSHA256"`
	Tokenizer string          `json:"tokenizerSHA256"`
	Template  string          `json:"template"`
	Context   int             `json:"context"`
	DropLong  bool            `json:"dropLong"`
	Report    Report          `json:"report"`
	Files     map[string]file `json:"files"`
}

// PrepareInstructions makes the instructions that d describes, for a model with the tokenizer and the context, in a directory under cacheDir
// whose name is a hash of all that decides its content, and returns the directory. See Prepare.
func PrepareInstructions(d spec.Instructions, tok tokenizer.Tokenizer, context int, dataDir, cacheDir string, warn func(string)) (string, error) {
	o := InstructionOptions{Template: d.Template, Context: context, Skip: d.Skip, Dir: dataDir, Cache: cacheDir}
	return prepareInstructions(d, tok, o, warn)
}

func prepareInstructions(d spec.Instructions, tok tokenizer.Tokenizer, o InstructionOptions, warn func(string)) (string, error) {
	x, err := ReadExamples(d, o.Dir)
	if err != nil {
		return "", err
	}
	m, err := x.manifest(tok, o)
	if err != nil {
		return "", fmt.Errorf("prepare instructions: %w", err)
	}
	dir := filepath.Join(o.Cache, m.dirName())
	switch _, err := instructionsKind.check(dir); {
	case err == nil:
		return dir, nil
	case !errors.Is(err, fs.ErrNotExist):
		if warn != nil {
			warn(fmt.Sprintf("prepared data is damaged and is made anew: %v", err))
		}
	}
	inst, err := x.tokenize(tok, o)
	if err != nil {
		return "", err
	}
	m.Report = inst.report
	err = instructionsKind.publish(dir, inst.write, func(files map[string]file) any {
		m.Files = files
		return m
	})
	if err != nil {
		return "", fmt.Errorf("prepare instructions in %s: %w", o.Cache, err)
	}
	return dir, nil
}

// manifest says what the instructions are made of.
func (x *Examples) manifest(tok tokenizer.Tokenizer, o InstructionOptions) (m instManifest, err error) {
	t, err := chat.For(tok, o.Template)
	if err != nil {
		return m, err
	}
	rows, err := json.Marshal(x)
	if err != nil {
		return m, err
	}
	tmp, err := os.MkdirTemp("", "athanor-tokenizer-")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(tmp)
	if err := tokenizer.Save(tmp, tok); err != nil {
		return m, err
	}
	files, err := hashAll(tmp)
	if err != nil {
		return m, err
	}
	sums, err := json.Marshal(files)
	return instManifest{
		Layout: instructionsKind.layout, Source: x.Name, Rows: hash(string(rows)), Tokenizer: hash(string(sums)),
		Template: t.Source(), Context: o.Context, DropLong: o.DropLong,
	}, err
}

// dirName is a readable name with a hash of what the manifest says beside the files and the report.
func (m instManifest) dirName() string {
	key := fmt.Sprintf("%s\n%s\n%s\n%s\n%d\n%t\n", m.Layout, m.Rows, m.Tokenizer, m.Template, m.Context, m.DropLong)
	readable := unsafeInName.ReplaceAllString(m.Source, "-")
	return fmt.Sprintf("%s-instructions-%s", readable[:min(len(readable), 40)], hash(key)[:16])
}

// one is ids in one part, as WriteTokens wants them.
func one(ids []int32) func(func([]int32) error) error {
	return func(write func([]int32) error) error { return write(ids) }
}

// write writes the files of the splits.
func (d *Instructions) write(dir string) error {
	for name, set := range map[string]*exampleSet{"train": d.train, "val": d.val} {
		for part, ids := range map[string]tokens{"": set.tokens, "-trained": set.trained, "-starts": set.starts} {
			list := []int32(ids.(inMemory[int32]))
			bound := 1
			if len(list) > 0 {
				bound += int(slices.Max(list))
			}
			if _, err := arrowio.WriteTokens(filepath.Join(dir, name+part+".arrow"), bound, one(list)); err != nil {
				return err
			}
		}
	}
	return nil
}

// OpenInstructions opens a directory that PrepareInstructions made, after it has checked every file against the manifest, once in a process
// while the files stay the same.
func OpenInstructions(dir string) (*Instructions, error) {
	d, err := openInstructions(dir)
	if err != nil {
		return nil, fmt.Errorf("open instructions: %w; delete the directory to have them made anew", err)
	}
	return d, nil
}

func openInstructions(dir string) (*Instructions, error) {
	if _, err := instructionsKind.check(dir); err != nil {
		return nil, err
	}
	var m instManifest
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		return nil, err
	}
	train, err := openSet(dir, "train")
	if err != nil {
		return nil, err
	}
	val, err := openSet(dir, "val")
	if err != nil {
		return nil, errors.Join(err, train.close())
	}
	return &Instructions{Name: m.Source, Dir: dir, report: m.Report, train: train, val: val}, nil
}

// openSet maps the files of a split and checks that they fit each other.
func openSet(dir, split string) (*exampleSet, error) {
	var parts [3]*arrowio.Tokens
	for i, part := range []string{"", "-trained", "-starts"} {
		t, err := arrowio.OpenTokens(filepath.Join(dir, split+part+".arrow"))
		if err != nil {
			for _, open := range parts[:i] {
				_ = open.Close()
			}
			return nil, err
		}
		parts[i] = t
	}
	set := &exampleSet{parts[0], parts[1], parts[2]}
	n := set.starts.Len()
	last := -1
	if n > 0 {
		var b [1]int32
		set.starts.Read(b[:], n-1)
		last = int(b[0])
	}
	if last != set.tokens.Len() || last != set.trained.Len() {
		err := fmt.Errorf("%s: the files of the %s split do not fit each other", dir, split)
		return nil, errors.Join(err, set.close())
	}
	return set, nil
}
