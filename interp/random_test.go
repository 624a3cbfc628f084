package interp_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var (
	seeds    = flag.Int("seeds", 40, "how many random programs to compare with compiled Go")
	fromSeed = flag.Uint64("seed", 1, "the first of them")
	keep     = flag.String("keep", "", "a folder for the random programs that fail")
)

// batch is how many random programs are compiled at once.
const batch = 100

// TestRandomPrograms compares random programs with compiled Go.
func TestRandomPrograms(t *testing.T) {
	for from := *fromSeed; from < *fromSeed+uint64(*seeds); from += batch {
		programs := map[string]string{}
		for seed := from; seed < min(from+batch, *fromSeed+uint64(*seeds)); seed++ {
			programs[fmt.Sprint("r", seed)] = randomProgram(seed)
		}
		bin := compilePrograms(t, programs)
		for name, text := range programs {
			if !t.Run(name, func(t *testing.T) { against(t, bin, name, text) }) && *keep != "" {
				if err := os.WriteFile(filepath.Join(*keep, name+".go"), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
