package gen

import (
	"fmt"
	"testing"

	"github.com/athanor-ml/athanor/models/gpt"
)

// Tokens per second of a model of char-gpt's shape that answers 64 prompts of 1 to 16 tokens, by the number of rows.
func BenchmarkRows(b *testing.B) {
	m := gpt.New(gpt.Config{Vocab: 65, Context: 64, Layers: 4, Heads: 4, Embed: 128}, 1)
	prompts := make([][]int32, 64)
	for i := range prompts {
		prompts[i] = make([]int32, 1+i%16)
		for j := range prompts[i] {
			prompts[i][j] = int32((i*7 + j*3) % 65)
		}
	}
	for _, rows := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			n := 0
			for b.Loop() {
				r, err := Generate(b.Context(), m, prompts, Options{MaxTokens: 40, Temperature: 1, Rows: rows})
				if err != nil {
					b.Fatal(err)
				}
				for _, x := range r {
					n += len(x.Tokens)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}
