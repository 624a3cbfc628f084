package tokenizer

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const sample = "It was the best of times, it was the worst of times; it's 1859,\n\n  and they'll say: naïve café — “日本語”!\tThe end.  \n"

// shakespeare is the corpus of the data directory; the test skips without it.
func shakespeare(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("ATHANOR_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	b, err := os.ReadFile(filepath.Join(dir, "tinyshakespeare.txt"))
	if err != nil {
		tb.Skipf("needs tinyshakespeare.txt in ATHANOR_DATA: %v", err)
	}
	return string(b)
}

func TestCharRoundTrip(t *testing.T) {
	c := NewChar(sample)
	ids := c.Encode(sample)
	if len(ids) != utf8.RuneCountInString(sample) {
		t.Errorf("%d ids for %d characters", len(ids), utf8.RuneCountInString(sample))
	}
	if got := c.Decode(ids); got != sample {
		t.Errorf("Decode(Encode) = %q, want %q", got, sample)
	}
	if got := NewChar("hello").Encode("hole"); !slices.Equal(got, []int{1, 3, 2, 0}) {
		t.Errorf("ids of hole among e h l o are %v, want [1 3 2 0]", got)
	}
}

func TestCharUnknown(t *testing.T) {
	c := NewChar("abc")
	if got := c.Unknown("axbyxc"); got != "xy" {
		t.Errorf("Unknown = %q, want xy", got)
	}
	if got := c.Encode("axb"); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("Encode(axb) = %v, want x left out", got)
	}
	if got := c.Decode([]int{0, 9, -1}); got != "a\uFFFD\uFFFD" {
		t.Errorf("Decode of ids out of range = %q", got)
	}
}

func TestSplitIsGPT2s(t *testing.T) {
	for text, want := range map[string]string{
		"Hello world":         "Hello| world",
		"it's they'll I'd 'x": "it|'s| they|'ll| I|'d| '|x",
		"a  b":                "a| | b",
		"a\n\nb":              "a|\n|\n|b",
		"a \n b ":             "a| \n| b| ",
		"x1234,!? y":          "x|1234|,!?| y",
		"  lead":              " | lead",
		"tail  ":              "tail|  ",
		"日本 語。":               "日本| 語|。",
		"a\u00a0b":            "a|\u00a0|b",
		" ":                   " ",
		"½²x":                 "½²|x",
		"\xff\xfea":           "\xff\xfe|a",
		"'":                   "'",
	} {
		var got []string
		for rest := text; rest != ""; {
			n := nextWord(rest)
			got = append(got, rest[:n])
			rest = rest[n:]
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("split of %q is %q, want %q", text, s, want)
		}
	}
}

// slowTrain is byte-pair encoding by the book: count everything again before each merge.
func slowTrain(text string, vocab int) []pair {
	var words [][]int32
	for text != "" {
		n := nextWord(text)
		var w []int32
		for i := range n {
			w = append(w, int32(text[i]))
		}
		words, text = append(words, w), text[n:]
	}
	var merges []pair
	for id := int32(256); int(id) < vocab; id++ {
		counts := map[pair]int{}
		for _, w := range words {
			for j := range len(w) - 1 {
				counts[pair{w[j], w[j+1]}]++
			}
		}
		best, most := pair{}, 1
		for p, n := range counts {
			if n > most || n == most && most > 1 && (p.left < best.left || p.left == best.left && p.right < best.right) {
				best, most = p, n
			}
		}
		if most == 1 {
			break
		}
		merges = append(merges, best)
		for i := range words {
			words[i] = mergeAll(words[i], best, id)
		}
	}
	return merges
}

func TestTrainEqualsTheBook(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		var b strings.Builder
		for range 400 {
			b.WriteByte("aab c'd\n"[r.IntN(8)])
		}
		got, err := TrainBPE(b.String(), 320)
		if err != nil {
			t.Fatal(err)
		}
		if want := slowTrain(b.String(), 320); !slices.Equal(got.merges, want) {
			t.Fatalf("merges of %q\n got %v\nwant %v", b.String(), got.merges, want)
		}
	}
}

// slowEncode applies the merges one after the other to the whole word.
func slowEncode(b *BPE, text string) []int {
	var ids []int
	for text != "" {
		n := nextWord(text)
		var w []int32
		for i := range n {
			w = append(w, b.bytes[text[i]])
		}
		for _, p := range b.merges {
			w = mergeAll(w, p, b.ranks[p].id)
		}
		for _, id := range w {
			ids = append(ids, int(id))
		}
		text = text[n:]
	}
	return ids
}

func TestEncodeEqualsTheBook(t *testing.T) {
	text := strings.Repeat(sample+"aaaa aaaaaaa banana bananas anan", 3)
	b, err := TrainBPE(text, 400)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{text, "aaaaaaaaaaaaa", "nanabanana", "", "\x00\xff", "the the"} {
		if got, want := b.Encode(s), slowEncode(b, s); !slices.Equal(got, want) {
			t.Errorf("Encode(%.40q) = %v, want %v", s, got, want)
		}
	}
}

func TestBPEOnShakespeare(t *testing.T) {
	text := shakespeare(t)
	b, err := TrainBPE(text, 512)
	if err != nil {
		t.Fatal(err)
	}
	ids := b.Encode(text)
	if b.Size() != 512 || b.Decode(ids) != text {
		t.Errorf("size %d, round trip %t", b.Size(), b.Decode(ids) == text)
	}
	if ratio := float64(len(text)) / float64(len(ids)); ratio < 1.8 || ratio > 2.6 {
		t.Errorf("%.2f bytes a token", ratio)
	}
	again, _ := TrainBPE(text, 512)
	if !reflect.DeepEqual(b, again) {
		t.Error("training twice gave two tokenizers")
	}
}

func TestBPEStopsWhenNothingRepeats(t *testing.T) {
	b, err := TrainBPE("ab", 1000)
	if err != nil || b.Size() != 256 {
		t.Errorf("TrainBPE(ab): size %d, %v; want 256", b.Size(), err)
	}
	if _, err := TrainBPE("ab", 255); err == nil || !strings.Contains(err.Error(), "at least 256") {
		t.Errorf("TrainBPE with vocab 255: %v", err)
	}
}

// A word of many bytes must not cost their square.
func TestEncodeOfAnEndlessWord(t *testing.T) {
	b, err := TrainBPE(strings.Repeat("abcabcab ", 50), 280)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("abc", 300_000)
	if got := b.Decode(b.Encode(text)); got != text {
		t.Error("round trip of 900 KB of letters failed")
	}
}

func TestSaveAndLoad(t *testing.T) {
	bpe, err := TrainBPE(sample+sample, 300)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Tokenizer{bpe, NewChar(sample)} {
		path := filepath.Join(t.TempDir(), "tokenizer.json")
		if err := want.Save(path); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Load(Save(%T)) is another: %+v, want %+v", want, got, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	for text, want := range map[string]string{
		``:                                    "not a tokenizer.json",
		`{"model":`:                           "not a tokenizer.json",
		`{"model":{"type":"Unigram"}}`:        `model type is "Unigram", want BPE`,
		`{"model":{"type":"BPE","vocab":{}}}`: "vocabulary is empty",
		`{"model":{"type":"BPE","vocab":{"a":0,"b":2}}}`:                                                `token "b" has id 2, want 0 to 1`,
		`{"model":{"type":"BPE","vocab":{"a":0,"b":0}}}`:                                                `tokens "a" and "b" both have id 0`,
		`{"model":{"type":"BPE","vocab":{"ab":0}}}`:                                                     `token "ab" of a tokenizer without merges is not one character`,
		`{"model":{"type":"BPE","vocab":{"a":0},"merges":["a a"]}}`:                                     "no ByteLevel",
		`{"normalizer":{"type":"NFC"},"model":{"type":"BPE"}}`:                                          "normalizer",
		`{"pre_tokenizer":{"type":"X"},"model":{"type":"BPE","vocab":{"a":0}}}`:                         "pre-tokenizer is not supported",
		`{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0}}}`:                 "no token",
		`{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":["aa"]}}`: "merge 0: \"aa\" has 1 tokens, want 2",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("Load of %s: %v, want %q with the path", text, err, want)
		}
	}
}

func FuzzBPERoundTrip(f *testing.F) {
	b, err := TrainBPE(strings.Repeat(sample, 4), 400)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sample)
	f.Add("\xff\x00 '\xc3")
	f.Fuzz(func(t *testing.T, text string) {
		ids := b.Encode(text)
		if got := b.Decode(ids); got != text {
			t.Errorf("Decode(Encode(%q)) = %q", text, got)
		}
		if want := slowEncode(b, text); !slices.Equal(ids, want) {
			t.Errorf("Encode(%q) = %v, want %v", text, ids, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, t := range []document{{vocab: []string{"a", "b"}}, {vocab: []string{"a"}, merges: []string{"a a"}, byteLevel: true}, {vocab: []string{"a"}, added: []Token{{ID: 1, Text: "<x>", Special: true, RStrip: true}}}} {
		b, err := t.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tok, err := Parse(text)
		if err != nil {
			return
		}
		tok.Decode(tok.EncodeSpecial("some text<x>"))
		Stops(tok)
	})
}

// streamed is what Stream gives, together.
func streamed(t *testing.T, tok Tokenizer, text string) (ids []int, pieces int) {
	t.Helper()
	err := Stream(tok, text, func(piece []int32) error {
		pieces++
		for _, id := range piece {
			ids = append(ids, int(id))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return ids, pieces
}

func TestStreamEqualsEncode(t *testing.T) {
	text := strings.Repeat(sample+"   it's\n\n'", 3000)
	for _, tok := range both(t, sample+"'") {
		ids, pieces := streamed(t, tok, text)
		if !slices.Equal(ids, tok.Encode(text)) || pieces < 3 {
			t.Errorf("%T: Stream gives other ids than Encode, or not in pieces: %d", tok, pieces)
		}
	}
}

func FuzzStream(f *testing.F) {
	b, err := TrainBPE(strings.Repeat(sample, 4), 400)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a  's", 3)
	f.Fuzz(func(t *testing.T, text string, at int) {
		whole := b.Encode(text)
		n := 0 // a cut behind any word is as good as those that Stream makes
		for n < len(text) && n < at {
			n += nextWord(text[n:])
		}
		if got := append(b.Encode(text[:n]), b.Encode(text[n:])...); !slices.Equal(got, whole) {
			t.Errorf("%q cut at %d: %v, want %v", text, n, got, whole)
		}
	})
}

func BenchmarkTrainBPE512(b *testing.B) {
	text := shakespeare(b)
	for b.Loop() {
		if _, err := TrainBPE(text, 512); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeBPE512(b *testing.B) {
	text := shakespeare(b)
	tok, err := TrainBPE(text, 512)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tok.Encode(text)
	}
}
