package data

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/data/godoc"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/train/spec"
)

// text is 12,000 characters that are not all alike.
var text = func() string {
	var b strings.Builder
	for i := range 500 {
		b.WriteString(strings.Repeat("abcdefghijklmnopqrstuvwxyz"[i%20:i%20+5]+" ", 4))
	}
	return b.String()
}()

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func textSpec(t *testing.T) spec.Data {
	return spec.Data{Source: write(t, "book.txt", text), Tokenizer: "char", Train: 0.9}
}

func prepare(t *testing.T, d spec.Data, cache string) *Corpus {
	t.Helper()
	dir, err := Prepare(d, "", cache, func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func all(c *Corpus, split string) []int {
	buf := make([]int32, c.Len(split))
	c.split(split).Read(buf, 0)
	ids := make([]int, len(buf))
	for i, v := range buf {
		ids[i] = int(v)
	}
	return ids
}

func TestLoadAndPrepareAgree(t *testing.T) {
	d := textSpec(t)
	for _, tok := range []string{"char", "bpe"} {
		d.Tokenizer = tok
		if tok == "bpe" {
			d.Vocab = 300
		}
		a := prepare(t, d, t.TempDir())
		b, err := Load(d.Source, Options{Tokenizer: tok, Vocab: d.Vocab})
		if err != nil {
			t.Fatal(err)
		}
		for _, split := range []string{"train", "val"} {
			if x, y := all(a, split), all(b, split); !slices.Equal(x, y) {
				t.Errorf("%s: the %s split differs between Prepare (%d tokens) and Load (%d)", tok, split, len(x), len(y))
			}
		}
		whole := a.Tokenizer.Decode(all(a, "train")) + a.Tokenizer.Decode(all(a, "val"))
		if whole != text {
			t.Errorf("%s: the two splits do not decode to the text", tok)
		}
	}
}

func TestLoadIntoACache(t *testing.T) {
	d, cache := textSpec(t), t.TempDir()
	SetCache(cache)
	defer SetCache("")
	c, err := Load(d.Source, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if want := prepare(t, d, cache).Dir; c.Dir != want {
		t.Errorf("Load with a cache is in %q, want %q", c.Dir, want)
	}
	if x, _ := c.Batch("train", 1, 1, 1, 20); !strings.Contains(text, c.Decode(x)) {
		t.Errorf("a batch decodes to %q, which is not in the text", c.Decode(x))
	}
}

func TestPrepareMakesOnceAndRepairs(t *testing.T) {
	d, cache := textSpec(t), t.TempDir()
	dir, err := Prepare(d, "", cache, nil)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(filepath.Join(dir, trainFile))
	var warned []string
	again := func() {
		t.Helper()
		got, err := Prepare(d, "", cache, func(s string) { warned = append(warned, s) })
		if err != nil || got != dir {
			t.Fatalf("Prepare again: %s, %v", got, err)
		}
	}
	again()
	if after, _ := os.Stat(filepath.Join(dir, trainFile)); !os.SameFile(before, after) || len(warned) > 0 {
		t.Errorf("a whole corpus was made again; warnings %q", warned)
	}
	for _, name := range []string{trainFile, tokenizerFile, manifestFile} {
		warned = nil
		if err := os.WriteFile(filepath.Join(dir, name), []byte("garbage"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Open with a damaged %s: %v", name, err)
		}
		again()
		if len(warned) != 1 || !strings.Contains(warned[0], name) {
			t.Errorf("repair of %s warned %q", name, warned)
		}
		if _, err := Open(dir); err != nil {
			t.Errorf("after the repair of %s: %v", name, err)
		}
	}
	left, _ := os.ReadDir(cache)
	if len(left) != 1 {
		t.Errorf("the cache has %v, want only the corpus", left)
	}
}

func TestACorpusKeepsRoomForChats(t *testing.T) {
	d, cache := textSpec(t), t.TempDir()
	plain, err := Load(d.Source, Options{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(d.Source, Options{Cache: cache, Special: tokenizer.ChatTokens()})
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := tokenizer.EOS(c.Tokenizer); !ok || id != plain.Vocab() || c.Vocab() != plain.Vocab()+5 || c.Dir == plain.Dir {
		t.Errorf("EOS %d, %t; %d ids beside %d; in %s beside %s", id, ok, c.Vocab(), plain.Vocab(), c.Dir, plain.Dir)
	}
}

// A run opens its corpus at each segment. What this process has read and found whole it does not read again, until a file changes.
func TestAWholeCorpusIsReadOnce(t *testing.T) {
	dir := prepare(t, textSpec(t), t.TempDir()).Dir
	age := func(since time.Duration) { // of all files
		t.Helper()
		then := time.Now().Add(-since)
		for _, f := range look(dir) {
			if err := os.Chtimes(filepath.Join(dir, f.Name()), then, then); err != nil {
				t.Fatal(err)
			}
		}
	}
	see := func(want bool, when string) {
		t.Helper()
		if known, err := corpusKind.check(dir); err != nil || known != want {
			t.Errorf("%s: known %t, %v; want %t", when, known, err, want)
		}
	}
	see(false, "files as young as the clock is coarse")
	see(false, "again")
	age(time.Hour)
	see(false, "files of another time")
	see(true, "the same files again")
	age(2 * time.Hour)
	see(false, "touched files")
	b, err := os.ReadFile(filepath.Join(dir, valFile))
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(filepath.Join(dir, valFile), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), valFile) {
		t.Errorf("Open after a bit of %s flipped: %v", valFile, err)
	}
}

func TestPrepareSweepsOldLeftovers(t *testing.T) {
	cache := t.TempDir()
	old, young := filepath.Join(cache, newPrefix+"1"), filepath.Join(cache, newPrefix+"2")
	for _, dir := range []string{old, young} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	prepare(t, textSpec(t), cache)
	if FindDir(old) != "" || FindDir(young) == "" {
		t.Errorf("old left: %t, young left: %t; want only the young one, which may be in the making", FindDir(old) != "", FindDir(young) != "")
	}
}

func TestPrepareInParallel(t *testing.T) {
	d, cache := textSpec(t), t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			dir, err := Prepare(d, "", cache, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := corpusKind.check(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestDirectoryDependsOnAllThatMatters(t *testing.T) {
	base := textSpec(t)
	seen := map[string]string{}
	for what, change := range map[string]func(*spec.Data){
		"nothing":   func(*spec.Data) {},
		"share":     func(d *spec.Data) { d.Train = 0.8 },
		"size":      func(d *spec.Data) { d.MaxBytes = 5000 },
		"tokenizer": func(d *spec.Data) { d.Tokenizer, d.Vocab = "bpe", 300 },
		"vocab":     func(d *spec.Data) { d.Tokenizer, d.Vocab = "bpe", 280 },
	} {
		d := base
		change(&d)
		c := prepare(t, d, t.TempDir())
		name := filepath.Base(c.Dir)
		if other, dup := seen[name]; dup {
			t.Errorf("a change of %s and of %s give one directory, %s", what, other, name)
		}
		seen[name] = what
	}
}

func TestBatchIsAPureFunctionOfSeedAndStep(t *testing.T) {
	c := prepare(t, textSpec(t), t.TempDir())
	x, y := c.Batch("train", 7, 3, 4, 16)
	x2, y2 := c.Batch("train", 7, 3, 4, 16)
	if !slices.Equal(x, x2) || !slices.Equal(y, y2) {
		t.Error("the same batch twice differs")
	}
	for _, other := range [][2]int{{8, 3}, {7, 4}} {
		if z, _ := c.Batch("train", uint64(other[0]), other[1], 4, 16); slices.Equal(x, z) {
			t.Errorf("seed, step %v give the batch of 7, 3", other)
		}
	}
	for b := range 4 {
		row, next := x[b*16:(b+1)*16], y[b*16:(b+1)*16]
		if !slices.Equal(row[1:], next[:15]) {
			t.Errorf("row %d: targets are not the tokens one further on", b)
		}
	}
}

// Windows must reach the first and the last token, and all about equally often.
func TestBatchCoversTheSplit(t *testing.T) {
	count := make(inMemory[uint16], 40)
	for i := range count {
		count[i] = uint16(i)
	}
	c := &Corpus{Name: "count", train: count, val: inMemory[uint16]{0, 0}}
	starts := make([]int, 40)
	const draws = 36000
	for step := range draws / 8 {
		x, y := c.Batch("train", 1, step, 8, 4)
		for b := range 8 {
			starts[x[b*4]]++
			if y[b*4+3] != x[b*4]+4 {
				t.Fatalf("window at %d ends with target %d", x[b*4], y[b*4+3])
			}
		}
	}
	for at, n := range starts {
		want := draws / 36
		if at >= 36 {
			want = 0
		}
		if n < want*8/10 || n > want*12/10 {
			t.Errorf("windows begin at %d %d times, want about %d", at, n, want)
		}
	}
}

func TestEvalPredictsEachTokenOnce(t *testing.T) {
	for _, c := range []struct{ n, B, T int }{{100, 4, 8}, {97, 4, 8}, {9, 2, 8}, {81, 1, 8}, {82, 3, 8}, {2, 1, 1}} {
		ids := make(inMemory[uint16], c.n)
		for i := range ids {
			ids[i] = uint16(i)
		}
		corpus := &Corpus{Name: "count", train: ids, val: ids}
		seen := make([]int, c.n)
		for i := range corpus.EvalBatches("val", c.B, c.T) {
			x, y, count := corpus.EvalBatch("val", i, c.B, c.T)
			for j, target := range y {
				if target == Ignore {
					continue
				}
				count--
				seen[target]++
				if x[j] != target-1 {
					t.Errorf("%+v: token %d is to be predicted from %d", c, target, x[j])
				}
			}
			if count != 0 {
				t.Errorf("%+v: batch %d: count is off by %d", c, i, count)
			}
		}
		if seen[0] != 0 || slices.ContainsFunc(seen[1:], func(n int) bool { return n != 1 }) {
			t.Errorf("%+v: tokens are predicted %v times", c, seen)
		}
	}
}

func TestBadSources(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tinyshakespeare.txt"), []byte("To be"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		source string
		o      Options
		want   string
	}{
		{"tinyshakespeare", Options{Dir: dir}, "damaged or another text: its SHA-256 is"},
		{"tinyshakespeare", Options{Dir: t.TempDir()}, "put karpathy/char-rnn"},
		{"tinyshakespeare", Options{}, "set ATHANOR_DATA"},
		{"tinyshakespear", Options{}, "want auto, tinyshakespeare"},
		{write(t, "empty.txt", ""), Options{}, "the text is empty"},
		{write(t, "short.txt", "ab"), Options{}, "too short"},
		{write(t, "latin1.txt", "caf\xe9 caf\xe9 caf\xe9"), Options{}, "not UTF-8; convert it, or use tokenizer bpe"},
		{write(t, "ok.txt", text), Options{Tokenizer: "words"}, `tokenizer is "words"`},
		{write(t, "ok.txt", text), Options{Train: 1.5}, "the share to train on is 1.5"},
		{write(t, "ok.txt", text), Options{Tokenizer: "bpe", Vocab: 10}, "at least 256"},
	} {
		_, err := Load(c.source, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Load(%s, %+v): %v, want %q", c.source, c.o, err, c.want)
		}
	}
}

func TestCheckWantsRoomForAWindow(t *testing.T) {
	c, err := Load(write(t, "s.txt", strings.Repeat("ab", 50)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(9); err != nil {
		t.Errorf("Check(9): %v", err)
	}
	if err := c.Check(10); err == nil || !strings.Contains(err.Error(), "val split has 10 tokens, too few for a context of 10") {
		t.Errorf("Check(10): %v", err)
	}
}

func TestClipKeepsCharactersWhole(t *testing.T) {
	if got := clip("aé日x", 4); got != "aé" {
		t.Errorf("clip = %q, want aé", got)
	}
}

func TestGoSource(t *testing.T) {
	if testing.Short() {
		t.Skip("reads the Go source")
	}
	a, err := Load("gosrc", Options{MaxBytes: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	if n := a.Len("train") + a.Len("val"); n < 150_000 || n > 200_000 {
		t.Errorf("%d characters of at most 200,000 bytes", n)
	}
	if s := a.Tokenizer.Decode(all(a, "train")); !strings.Contains(s, "package tar") {
		t.Errorf("the text does not begin with archive/tar: %.80q", s)
	}
}

func TestGoTreeOrderAndChoice(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{
		"b/b.go": "B", "a/a.go": "A", "a/a_test.go": "x", "cmd/c.go": "x", "a/testdata/t.go": "x", "vendor/v.go": "x", "a/z.txt": "x", "c.go": "C",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := readGoTree(root, 100); err != nil || got != "ABC" {
		t.Errorf("readGoTree = %q, %v; want ABC", got, err)
	}
	if got, err := readGoTree(root, 2); err != nil || got != "AB" {
		t.Errorf("readGoTree of 2 bytes = %q, %v; want AB", got, err)
	}
}

// The default text must read like language.
func TestGoDoc(t *testing.T) {
	c, err := Load("auto", Options{Dir: t.TempDir(), MaxBytes: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	text := c.Tokenizer.Decode(all(c, "train"))
	if c.Name != "godoc" || !strings.HasPrefix(text, "Package tar implements access to tar archives.") || c.Vocab() > 97 {
		t.Errorf("%v begins with %.80q", c, text)
	}
	t.Setenv("PATH", t.TempDir())
	if text, err := readGoDoc(1000); err != nil || text != godoc.Sample {
		t.Errorf("without a Go toolchain: %.80q, %v, want the sample", text, err)
	}
}

// A corpus is made in little more memory than its text takes, whatever the tokenizer.
func TestMemoryOfPrepare(t *testing.T) {
	const size = 8 << 20
	path := write(t, "big.txt", strings.Repeat("It was the best of times, it was the worst of times. ", size/53+1)[:size])
	for what, c := range map[string]struct {
		tokenizer string
		cache     string
		limit     float64
	}{
		"characters, into a cache": {"char", t.TempDir(), 1.8}, "BPE, into a cache": {"bpe", t.TempDir(), 1.8}, "characters, in memory": {"char", "", 3.2},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		corpus, err := Load(path, Options{Tokenizer: c.tokenizer, Cache: c.cache})
		if err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if ratio := float64(after.TotalAlloc-before.TotalAlloc) / size; ratio > c.limit {
			t.Errorf("%s: allocates %.2f times the text's size, want at most %.1f", what, ratio, c.limit)
		}
		corpus.Close()
	}
}

func TestAutoPrefersShakespeare(t *testing.T) {
	dir := os.Getenv("ATHANOR_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "tinyshakespeare.txt")); err != nil {
		t.Skipf("needs tinyshakespeare.txt in ATHANOR_DATA: %v", err)
	}
	c, err := Load("auto", Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if want := "tinyshakespeare: 1003854 tokens to train on, 111540 held out, of 65 ids"; c.String() != want {
		t.Errorf("corpus is %q, want %q", c, want)
	}
}

func TestFindDir(t *testing.T) {
	dir := t.TempDir()
	if got := FindDir("", filepath.Join(dir, "no"), write(t, "f", ""), dir, "/"); got != dir {
		t.Errorf("FindDir = %q, want %q", got, dir)
	}
	if got := FindDir("", filepath.Join(dir, "no")); got != "" {
		t.Errorf("FindDir of nothing = %q", got)
	}
}
