package data

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"unicode/utf8"
	"unsafe"

	"github.com/athanor-ml/athanor/data/godoc"
	"github.com/athanor-ml/athanor/data/tasks"
)

// shakespeareSHA256 is the hash of tinyshakespeare.txt: karpathy/char-rnn, data/tinyshakespeare/input.txt.
const shakespeareSHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"

// taskBytes is how much text tasks:pretrain is when nothing else is asked for.
const taskBytes = 1_000_000

// goBytes is how much of the Go source, or of its comments, is read when nothing else is asked for.
const goBytes = 4 << 20

var defaultDir, defaultCache atomic.Value // strings

// SetDir sets the data directory for all calls that name none.
func SetDir(dir string) { defaultDir.Store(dir) }

// Dir is the data directory that SetDir has set; "" when it has not.
func Dir() string {
	dir, _ := defaultDir.Load().(string)
	return dir
}

// SetCache sets the directory in which Load keeps prepared corpora for all calls that name none.
func SetCache(dir string) { defaultCache.Store(dir) }

// cacheDir is the directory that SetCache has set; "" when it has not.
func cacheDir() string {
	dir, _ := defaultCache.Load().(string)
	return dir
}

// FindDir returns the first of the candidates that is a directory; "" when none is.
func FindDir(candidates ...string) string {
	for _, dir := range candidates {
		if info, err := os.Stat(dir); dir != "" && err == nil && info.IsDir() {
			return dir
		}
	}
	return ""
}

// readSource returns the text of a source, at most maxBytes of it (0: all), and the name under which it was found.
func readSource(source, dataDir string, maxBytes int) (name, text string, err error) {
	if dataDir == "" {
		dataDir = Dir()
	}
	if source == "auto" {
		source = "godoc"
		if _, err := os.Stat(filepath.Join(dataDir, "tinyshakespeare.txt")); dataDir != "" && err == nil {
			source = "tinyshakespeare"
		}
	}
	limit := func(standard int) int { return cmp.Or(maxBytes, standard) }
	switch source {
	case "tasks:pretrain":
		text = tasks.Text(taskSeed, limit(taskBytes))
	case "tinyshakespeare":
		text, err = readShakespeare(dataDir)
	case "godoc":
		text, err = readGoDoc(limit(goBytes))
	case "gosrc":
		text, err = readGoSource(limit(goBytes))
	default:
		var b []byte
		if _, b, err = readRegular(source, dataDir, maxBytes); errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w; want auto, tinyshakespeare, godoc, gosrc, tasks:pretrain or the path of a text file", err)
		}
		text = unsafe.String(unsafe.SliceData(b), len(b)) // nobody else has b
		source = filepath.Base(source)
	}
	if err != nil {
		return "", "", fmt.Errorf("data source %q: %w", source, err)
	}
	if text = clip(text, maxBytes); text == "" {
		return "", "", fmt.Errorf("data source %q: the text is empty", source)
	}
	return source, text, nil
}

func readShakespeare(dir string) (string, error) {
	const get = "put karpathy/char-rnn's data/tinyshakespeare/input.txt there under that name, name another data directory " +
		"(ATHANOR_DATA), or use source godoc"
	if dir == "" {
		return "", errors.New("no data directory is known: set ATHANOR_DATA to the one with tinyshakespeare.txt, or use source godoc")
	}
	path := filepath.Join(dir, "tinyshakespeare.txt")
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%w; %s", err, get)
	}
	text := unsafe.String(unsafe.SliceData(b), len(b)) // nobody else has b
	if sum := hash(text); sum != shakespeareSHA256 {
		return "", fmt.Errorf("%s is damaged or another text: its SHA-256 is %s, want %s; %s", path, sum, shakespeareSHA256, get)
	}
	return text, nil
}

// readRegular reads the file at path, as it is or in the data directory, at most maxBytes of it (0: all), and returns where it was found. Pipes
// and devices are refused: they may never end.
func readRegular(path, dataDir string, maxBytes int) (found string, b []byte, err error) {
	if dataDir == "" {
		dataDir = Dir()
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && dataDir != "" && !filepath.IsAbs(path) {
		if there, err2 := os.Stat(filepath.Join(dataDir, path)); err2 == nil {
			path, info, err = filepath.Join(dataDir, path), there, nil
		}
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is %s, want a regular file", path, kindOf(info.Mode()))
	}
	if err != nil {
		return path, nil, err
	}
	if maxBytes == 0 {
		b, err = os.ReadFile(path)
		return path, b, err
	}
	f, err := os.Open(path)
	if err != nil {
		return path, nil, err
	}
	defer f.Close()
	b = make([]byte, min(int64(maxBytes), info.Size()))
	n, err := io.ReadFull(f, b)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) { // it has become shorter
		err = nil
	}
	return path, b[:n], err
}

// kindOf says what a file that is none of the regular ones is.
func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "of mode " + m.String()
}

// goTree is the source of the standard library.
func goTree() (root string, err error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	root = filepath.Join(strings.TrimSpace(string(out)), "src")
	if err != nil {
		return "", fmt.Errorf("no Go toolchain answers \"go env GOROOT\": install Go, or use another source: %w", err)
	}
	if root == "src" {
		return "", errors.New("\"go env GOROOT\" is empty: set GOROOT, or use another source")
	}
	return root, nil
}

// readGoDoc returns the doc comments of the standard library; of the few packages of godoc.Sample where there is no Go.
func readGoDoc(maxBytes int) (string, error) {
	root, err := goTree()
	if err != nil {
		return godoc.Sample, nil
	}
	text, err := godoc.Extract(os.DirFS(root), maxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return godoc.Sample, nil
	}
	return text, err
}

// readGoSource concatenates the Go files of the standard library in the order of their paths, without tests, commands
// and vendored code, until it has maxBytes.
func readGoSource(maxBytes int) (string, error) {
	root, err := goTree()
	if err != nil {
		return "", err
	}
	return readGoTree(root, maxBytes)
}

func readGoTree(root string, maxBytes int) (string, error) {
	var text strings.Builder
	text.Grow(min(maxBytes, goBytes))
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case text.Len() >= maxBytes:
			return filepath.SkipAll
		case d.IsDir():
			if n := d.Name(); path != root && (n == "cmd" || n == "testdata" || n == "vendor" || strings.HasPrefix(n, ".")) {
				return filepath.SkipDir
			}
			return nil
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		b, err := os.ReadFile(path)
		text.Write(b)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the Go source: %w", err)
	}
	return text.String(), nil
}

// clip cuts text to at most n bytes (0: no limit), not within a character.
func clip(text string, n int) string {
	if n <= 0 || len(text) <= n {
		return text
	}
	return text[:boundary(text, n)]
}

// boundary is the largest index up to n at which a character of text begins.
func boundary(text string, n int) int {
	for n > 0 && n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}

func hash(text string) string {
	sum := sha256.Sum256(unsafe.Slice(unsafe.StringData(text), len(text))) // which only reads
	return hex.EncodeToString(sum[:])
}
