package gen

import (
	"strings"
	"unicode/utf8"
)

// writer puts pieces of text together, passes on what is certain, and looks for stop strings.
type writer struct {
	stops []string
	on    func(string)
	text  string
	sent  int // bytes of text that on has had
}

// add appends a piece and reports whether a stop string has ended the text.
func (w *writer) add(piece string) (stopped bool) {
	searched := len(w.text)
	w.text += piece
	end := -1
	for _, s := range w.stops {
		from := max(0, searched-len(s)+1)
		if i := strings.Index(w.text[from:], s); i >= 0 && (end < 0 || from+i < end) {
			end = from + i
		}
	}
	if end >= 0 {
		w.text = w.text[:end]
		return true
	}
	w.send(len(w.text) - w.uncertain())
	return false
}

// uncertain is how many bytes at the end of the text may belong to a stop string or to a character that is not all there.
func (w *writer) uncertain() int {
	held := 0
	for _, s := range w.stops {
		for n := min(len(s)-1, len(w.text)); n > held; n-- {
			if strings.HasSuffix(w.text, s[:n]) {
				held = n
				break
			}
		}
	}
	rest := w.text[:len(w.text)-held]
	for n := 1; n <= min(utf8.UTFMax-1, len(rest)); n++ {
		if c := rest[len(rest)-n]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(rest[len(rest)-n:]) {
				held += n
			}
			break
		}
	}
	return held
}

// send passes on the text up to index end.
func (w *writer) send(end int) {
	if end > w.sent {
		if w.on != nil {
			w.on(w.text[w.sent:end])
		}
		w.sent = end
	}
}

// finish passes on the rest and returns the whole.
func (w *writer) finish() string {
	w.send(len(w.text))
	return w.text
}
