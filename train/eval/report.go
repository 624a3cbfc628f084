package eval

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// WriteReport writes answers to a JSON Lines file, one a line, in place of what was there.
func WriteReport(path string, answers []Answer) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = fmt.Errorf("write report %s: %w", path, err)
		}
	}()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, a := range answers {
		if err := enc.Encode(a); err != nil {
			return err
		}
	}
	return w.Flush()
}
