package train

import (
	"flag"
	"slices"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/train/spec"
)

var gate = flag.Bool("gate", false, "train the preset char-gpt in full, a minute on two cores")

// The recipe must give what nanoGPT publishes for it, 1.88 after 2000 steps, here on all of the held-out text. (nanoGPT measures
// 20 random batches, which is 0.01 off either way. With its initial deviation of 0.02 at this width, PyTorch has 1.897 to 1.904 on
// all of it and so have we; the deviation that gpt.New takes for a width of 128 is what brings the loss down.)
func TestCharGPTReachesItsLoss(t *testing.T) {
	if !*gate {
		t.Skip("trains 2000 steps; run with -gate")
	}
	if dataDir() == "" {
		t.Skip("needs tinyshakespeare.txt in ATHANOR_DATA")
	}
	run, err := spec.Preset("char-gpt")
	if err != nil {
		t.Fatal(err)
	}
	run.Pretrain.Data.Source = "tinyshakespeare"
	var took []time.Duration
	last := time.Now()
	start := last
	res := pretrain(t, *run, Options{Home: t.TempDir(), DataDir: dataDir(), OnStep: func(p Progress) {
		took = append(took, time.Since(last))
		if p.Step%250 == 0 {
			t.Logf("step %d: loss %.4f, validation %.4f, %.0f tokens/s", p.Step, p.Values["loss"], p.Metrics["valLoss"], p.Values["tokensPerSec"])
		}
		last = time.Now()
	}})
	slices.Sort(took)
	t.Logf("%v in all; a step: fastest %v, median %v; weights %s", time.Since(start), took[0], took[len(took)/2], res.WeightsSHA256)
	if res.Metrics["valLoss"] > 1.88 {
		t.Errorf("validation loss %.4f, want at most 1.88", res.Metrics["valLoss"])
	}
}
