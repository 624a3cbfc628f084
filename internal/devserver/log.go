//go:build !noserver

package devserver

import (
	"fmt"
	"os"

	"go.temporal.io/server/common/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// fileLogger logs errors to a file. A log of an earlier start that has grown past 8 MB is put aside as one .old file.
func fileLogger(path string) (log.Logger, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > 8<<20 {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, fmt.Errorf("temporal log: %w", err)
		}
	}
	zl := log.BuildZapLogger(log.Config{OutputFile: path, Level: "error"})
	return log.NewZapLogger(zl.WithOptions(zap.WithFatalHook(lastWords(path)))), nil
}

// lastWords is the path of a log. The server ends the process over what it logs as fatal, a port that is taken say; whoever waits for
// the process is told why.
type lastWords string

func (path lastWords) OnWrite(e *zapcore.CheckedEntry, fields []zapcore.Field) {
	known := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		f.AddTo(known)
	}
	why := e.Message
	if err := known.Fields["error"]; err != nil {
		why = fmt.Sprintf("%s: %v", why, err)
	}
	fmt.Fprintf(os.Stderr, "the Temporal server cannot go on: %s (more in %s)\n", why, string(path))
	os.Exit(1)
}
