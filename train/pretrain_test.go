package train

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
)

// verse is a text of 28,000 characters with something to learn: words of few letters in an order that is not quite regular.
var verse = func() string {
	words := strings.Fields("the furnace burns low and the work goes on until the gold is made and none may wake the man who sleeps")
	var b strings.Builder
	state := uint32(1)
	for b.Len() < 28_000 {
		state = state*1664525 + 1013904223
		b.WriteString(words[state>>16%uint32(len(words))])
		b.WriteByte(" \n"[state>>28/15])
	}
	return b.String()
}()

func writeVerse(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "verse.txt")
	if err := os.WriteFile(path, []byte(verse), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// smallRun is a run of 30 steps that takes a fraction of a second.
func smallRun(t testing.TB) spec.Run {
	t.Helper()
	run, err := spec.Preset("tiny-gpt")
	if err != nil {
		t.Fatal(err)
	}
	run.Name = string(small)
	p := run.Pretrain
	p.Data.Source = writeVerse(t)
	p.Model = spec.Model{Layers: 2, Heads: 2, Embed: 16, Context: 16, Dropout: 0.1, Bias: true}
	p.Steps, p.Batch, p.Optim.Warmup = 30, 4, 5
	p.Eval = spec.Eval{Every: 10, Batches: 3}
	p.Checkpoint = spec.Checkpoint{Every: 7, Keep: 2}
	return *run
}

// small is the name of the run that smallRun makes.
const small = store.Run("small")

// checkpoints is the folder of its checkpoints under a home.
func checkpoints(home string) string {
	return filepath.Join(home, filepath.FromSlash(small.Checkpoints()))
}

// evaluated reports whether a record has the values of an evaluation.
func evaluated(r track.Record) bool {
	_, loss := r.Values["valLoss"]
	_, bits := r.Values["bitsPerByte"]
	return loss && bits
}

func pretrain(t testing.TB, run spec.Run, o Options) Result {
	t.Helper()
	if o.Note == nil {
		o.Note = func(e Event) { t.Errorf("event: %+v", e) }
	}
	res, err := Run(context.Background(), run, o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// checkMetrics reports when the metrics in dir are not the steps 1 to n, once each, with an evaluation where it is due.
func checkMetrics(t testing.TB, dir string, run spec.Run, n int) {
	t.Helper()
	all, err := track.Read(filepath.Join(dir, filepath.FromSlash(small.Metrics())))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != n {
		t.Errorf("%d records for %d steps", len(all), n)
	}
	for i, r := range all {
		if r.Step != i+1 || evaluated(r) != due(r.Step, run.Pretrain.Eval.Every, run.Pretrain.Steps) {
			t.Errorf("record %d is %+v", i+1, r)
		}
	}
}

func TestPretrain(t *testing.T) {
	run, dir := smallRun(t), t.TempDir()
	var seen []int
	res := pretrain(t, run, Options{Home: dir, OnStep: func(p Progress) {
		seen = append(seen, p.Step)
		if p.Step%7 == 0 && !strings.HasSuffix(p.Checkpoint, "step-000000"+string([]byte{'0' + byte(p.Step/10), '0' + byte(p.Step%10)})) {
			t.Errorf("at step %d the newest checkpoint is %q", p.Step, p.Checkpoint)
		}
	}})
	if !res.Done || res.Step != 30 || res.Steps != 30 || len(seen) != 30 || res.Metrics["valLoss"] == 0 || res.Values["loss"] == 0 || res.Values["tokensPerSec"] == 0 {
		t.Errorf("result %+v after %d steps", res, len(seen))
	}
	if steps, _ := ckpt.List(t.Context(), local.New(dir), small.Checkpoints()); !slices.Equal(steps, []int{28, 30}) {
		t.Errorf("checkpoints %v, want the last two", steps)
	}
	if back, err := spec.Load(filepath.Join(dir, filepath.FromSlash(small.Spec()))); err != nil || back.Hash() != run.Hash() {
		t.Errorf("%s: %v, %v", small.Spec(), back, err)
	}
	checkMetrics(t, dir, run, 30)
	again := pretrain(t, run, Options{Home: dir, OnStep: func(Progress) { t.Error("a finished run took a step") }})
	if again.WeightsSHA256 != res.WeightsSHA256 || !again.Done || again.Metrics["valLoss"] != res.Metrics["valLoss"] {
		t.Errorf("called again: %+v, want %+v", again, res)
	}
	if other := pretrain(t, run, Options{Home: t.TempDir()}); other.WeightsSHA256 != res.WeightsSHA256 {
		t.Error("the same run in another directory ends in other weights")
	}
}

// A run cut into pieces in every way ends in the weights of one left alone.
func TestResumeGivesTheSameBits(t *testing.T) {
	run := smallRun(t)
	want := pretrain(t, run, Options{Home: t.TempDir()})
	t.Run("until", func(t *testing.T) {
		dir := t.TempDir()
		for _, until := range []int{3, 7, 7, 13, 20} {
			if res := pretrain(t, run, Options{Home: dir, Until: until}); res.Step != until || res.Done {
				t.Errorf("until %d: %+v", until, res)
			}
		}
		finishAs(t, run, dir, want)
	})
	t.Run("other numbers of cores", func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
		dir := t.TempDir()
		for i, cores := range []int{1, 3, 2} {
			runtime.GOMAXPROCS(cores)
			pretrain(t, run, Options{Home: dir, Until: 9 * (i + 1)})
		}
		finishAs(t, run, dir, want)
	})
	t.Run("stop", func(t *testing.T) {
		dir, polls := t.TempDir(), 0
		res := pretrain(t, run, Options{Home: dir, Stop: func() (string, bool) {
			polls++
			return "pause", polls == 11
		}})
		if res.Stopped != "pause" || res.Step != 11 || !strings.HasSuffix(res.Checkpoint, "step-00000011") {
			t.Errorf("stopped: %+v", res)
		}
		finishAs(t, run, dir, want)
	})
	t.Run("context", func(t *testing.T) {
		for _, at := range []int{1, 9, 10, 15, 30} {
			dir := t.TempDir()
			ctx, cancel := context.WithCancel(t.Context())
			res, err := Run(ctx, run, Options{Home: dir, OnStep: func(p Progress) {
				if p.Step == at {
					cancel()
				}
			}})
			if at < 30 && !errors.Is(err, context.Canceled) || res.Step != at || res.Checkpoint == "" {
				t.Errorf("cancelled at %d: %+v, %v", at, res, err)
			}
			finishAs(t, run, dir, want)
		}
	})
	t.Run("damage", func(t *testing.T) {
		dir := t.TempDir()
		res := pretrain(t, run, Options{Home: dir, Until: 20})
		if err := os.Truncate(filepath.Join(res.Checkpoint, "optim", "model.safetensors"), 100); err != nil {
			t.Fatal(err)
		}
		var warned []string
		res = pretrain(t, run, Options{Home: dir, Note: func(e Event) { warned = append(warned, e.Text) }})
		if res.WeightsSHA256 != want.WeightsSHA256 || len(warned) != 2 || !strings.Contains(warned[0], "optim/model.safetensors") || !strings.Contains(warned[1], "removed") {
			t.Errorf("%+v, warned %q", res, warned)
		}
		checkMetrics(t, dir, run, 30)
	})
}

func finishAs(t *testing.T, run spec.Run, dir string, want Result) {
	t.Helper()
	res := pretrain(t, run, Options{Home: dir})
	if res.WeightsSHA256 != want.WeightsSHA256 || res.Metrics["valLoss"] != want.Metrics["valLoss"] || !res.Done {
		t.Errorf("resumed: %+v, want the weights and losses of %+v", res, want)
	}
	checkMetrics(t, dir, run, 30)
}

// cancelledAfter ends after its Err was asked n times.
type cancelledAfter struct {
	context.Context
	n *int
}

func (c cancelledAfter) Err() error {
	if *c.n--; *c.n < 0 {
		return context.Canceled
	}
	return nil
}

// The context ends within an evaluation: the step is saved, and the run that resumes evaluates first.
func TestInterruptedEvaluationIsMadeUp(t *testing.T) {
	run := smallRun(t)
	want := pretrain(t, run, Options{Home: t.TempDir()})
	for _, n := range []int{0, 5, 11, 12, 13, 14, 25, 38} { // evaluations look from 11, 24 and 37 on
		dir, left := t.TempDir(), n
		_, err := Run(cancelledAfter{t.Context(), &left}, run, Options{Home: dir})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d looks: %v", n, err)
		}
		finishAs(t, run, dir, want)
	}
}

// A run whose corpus was prepared needs its source no more, unless the prepared files are lost; then it must be the same text.
func TestThePreparedCorpusIsUsed(t *testing.T) {
	run := smallRun(t)
	want := pretrain(t, run, Options{Home: t.TempDir()})
	source, dir := run.Pretrain.Data.Source, t.TempDir()
	cache := CacheDir(dir)
	corpus, err := data.Prepare(run.Pretrain.Data, "", cache, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Home: dir, Data: filepath.Base(corpus), Until: 12}
	if err := os.Remove(source); err != nil {
		t.Fatal(err)
	}
	pretrain(t, run, o)

	if err := os.RemoveAll(corpus); err != nil {
		t.Fatal(err)
	}
	var warned []string
	o.Note, o.Until = func(e Event) { warned = append(warned, e.Text) }, 0
	write := func(text string) {
		if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(verse + "and one more line")
	if _, err := Run(t.Context(), run, o); !errors.Is(err, ErrMismatch) || !strings.Contains(err.Error(), o.Data) {
		t.Errorf("with another text: %v, want ErrMismatch that names %s", err, o.Data)
	}
	write(verse)
	res, err := Run(t.Context(), run, o)
	if err != nil || res.WeightsSHA256 != want.WeightsSHA256 {
		t.Errorf("with the text back: %+v, %v; want the weights of %+v", res, err, want)
	}
	if len(warned) == 0 || !strings.Contains(warned[0], "prepared again") {
		t.Errorf("warned %q, want that the corpus is prepared again", warned)
	}
}

func TestAReplacedAttemptStops(t *testing.T) {
	run, dir := smallRun(t), t.TempDir()
	_, err := Run(t.Context(), run, Options{Home: dir, Token: 1, OnStep: func(p Progress) {
		if p.Step == 9 {
			pretrain(t, run, Options{Home: dir, Token: 2})
		}
	}})
	if !errors.Is(err, ckpt.ErrFenced) {
		t.Errorf("the old attempt: %v, want ErrFenced", err)
	}
	checkMetrics(t, dir, run, 30)
	if _, err := Run(t.Context(), run, Options{Home: dir, Token: 1}); !errors.Is(err, ckpt.ErrFenced) {
		t.Errorf("an old token: %v, want ErrFenced", err)
	}
}

func TestPretrainRefuses(t *testing.T) {
	good := smallRun(t)
	done := t.TempDir()
	pretrain(t, good, Options{Home: done})
	for what, c := range map[string]struct {
		change func(*spec.Run)
		dir    string
		want   string
	}{
		"several faults": {func(r *spec.Run) { r.Pretrain.Steps, r.Pretrain.Batch = 0, 0 }, t.TempDir(), "pretrain.batch is 0"},
		"no directory":   {func(*spec.Run) {}, "", "Options.Home or the run's name is empty"},
		"no data":        {func(r *spec.Run) { r.Pretrain.Data.Source = "/no/such.txt" }, t.TempDir(), "/no/such.txt"},
		"long context":   {func(r *spec.Run) { r.Pretrain.Model.Context = 5000 }, t.TempDir(), "too few for a context of 5000"},
		"other corpus":   {func(r *spec.Run) { r.Pretrain.Data.Train = 0.8 }, done, "the directory belongs to another run"},
		"fewer steps":    {func(r *spec.Run) { r.Pretrain.Steps = 10 }, done, "step 30, the spec ends at 10"},
		"other shape":    {func(r *spec.Run) { r.Pretrain.Model.Embed = 32 }, done, "shape"},
	} {
		run := smallRun(t)
		run.Pretrain.Data = good.Pretrain.Data
		c.change(&run)
		res, err := Run(t.Context(), run, Options{Home: c.dir})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v; want %q", what, res, err, c.want)
		}
	}
}

func TestAChangedSpecIsToldAndGoesOn(t *testing.T) {
	run, dir := smallRun(t), t.TempDir()
	pretrain(t, run, Options{Home: dir, Until: 10})
	p := *run.Pretrain
	p.Optim.LR /= 2
	run.Pretrain = &p
	var warned []string
	res := pretrain(t, run, Options{Home: dir, Note: func(e Event) { warned = append(warned, e.Text) }})
	if !res.Done || len(warned) != 1 || !strings.Contains(warned[0], "the spec has changed") {
		t.Errorf("%+v, warned %q", res, warned)
	}
}

func TestNonFiniteStopsWithTheCulprit(t *testing.T) {
	run, dir := smallRun(t), t.TempDir()
	r, err := open(t.Context(), run, Options{Home: dir, Until: 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.loop(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := r.stage.(*pretraining).model.(*gpt.Model).Blocks[1].MLP.Up.Weight
	values := w.Float32s()
	values[3] = float32(math.Inf(1))
	w.SetFloat32s(values)
	r.options.Until = 0
	err = r.loop(t.Context())
	var nf *NonFinite
	if !errors.As(err, &nf) || nf.Step != 11 || !strings.Contains(nf.Where, "tensorlib: ") || !strings.Contains(err.Error(), "lower the learning rate") {
		t.Errorf("error %v", err)
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
	if res := pretrain(t, run, Options{Home: dir}); !res.Done {
		t.Errorf("resumed from the last good checkpoint: %+v", res)
	}
}

func TestOpenModel(t *testing.T) {
	run, dir := smallRun(t), t.TempDir()
	res := pretrain(t, run, Options{Home: dir})
	for _, from := range []string{Dir(dir, run.Name), res.Checkpoint, res.Outputs["model"].Path} {
		m, tok, err := OpenModel(from)
		if err != nil {
			t.Fatal(err)
		}
		if got := ckpt.WeightsSHA256(m.Params()); got != res.WeightsSHA256 {
			t.Errorf("OpenModel(%s): weights %s, want %s", from, got, res.WeightsSHA256)
		}
		if s := "the gold"; tok.Decode(tok.Encode(s)) != s || m.Describe() != "gpt2-L2-H2-C16-T16" {
			t.Errorf("OpenModel(%s): %v", from, m)
		}
	}
	if _, _, err := OpenModel(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no config.json, no checkpoint and no run") {
		t.Errorf("OpenModel of an empty directory: %v", err)
	}
	if _, _, err := OpenModel(filepath.Join(dir, "no")); err == nil {
		t.Error("OpenModel of nothing: no error")
	}
	if err := os.Truncate(filepath.Join(res.Checkpoint, "model", "model.safetensors"), 50); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenModel(res.Checkpoint); err == nil || !strings.Contains(err.Error(), "model.safetensors") {
		t.Errorf("OpenModel of a damaged checkpoint: %v", err)
	}
}
