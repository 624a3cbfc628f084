package activities

// A worker that the system kills for want of memory says nothing: only its successor can find out. So each heartbeat tells what the process
// has used and how often the system had killed for memory until then. An attempt that finds the heartbeats of one that neither
// ended nor said why, and a system that has killed since, counts it; after three that got no further than the same checkpoint the run
// ends, and says what was used of how much.

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/athanor-ml/athanor/train"
)

// Heartbeat is what the heartbeats of a segment tell: progress, and what is needed to know why an attempt has died.
type Heartbeat struct {
	Progress
	Memory Memory `json:"memory,omitzero"`
	Ended  bool   `json:"ended,omitempty"`  // the attempt has returned, with an error
	Deaths int    `json:"deaths,omitempty"` // attempts that died of memory with this checkpoint as their last
}

// maxDeaths is how many attempts may die of memory at the same checkpoint.
const maxDeaths = 3

// attempt is one attempt of a Segment. Its methods may be called from several goroutines.
type attempt struct {
	*Trainer
	mu   sync.Mutex
	said Heartbeat
}

// diagnose finds out whether the attempt before this one died of memory.
func (a *attempt) diagnose(ctx context.Context) error {
	now, before := a.usage(), a.said
	died := before.Memory.PID != 0 && !before.Ended
	a.said.Memory, a.said.Ended = now, false
	if !died || !now.killedSince(before.Memory) && !a.logged(before.Memory.Log) {
		return nil
	}
	a.said.Deaths++
	text := fmt.Sprintf("the system has killed the worker, pid %d, after step %d for want of memory: it had used %s of %s",
		before.Memory.PID, before.Step, size(before.Memory.Used), size(before.Memory.Limit))
	a.said.Events = AddEvents(a.said.Events, Event{Time: time.Now().UTC(), Step: before.Step, Kind: "out-of-memory", Text: text})
	activity.GetLogger(ctx).Error(text)
	if a.said.Deaths < maxDeaths {
		return nil
	}
	activity.RecordHeartbeat(ctx, a.said)
	return final(OutOfMemory, fmt.Errorf("%s, %d times since the checkpoint of step %d: make the batch, the context or the model smaller, or give it more",
		text, a.said.Deaths, before.Saved))
}

// step takes over what was done in a step.
func (a *attempt) step(p train.Progress) {
	a.mu.Lock()
	defer a.mu.Unlock()
	saved := a.said.Saved
	a.said.Progress = a.said.at(p)
	if a.said.Saved != saved {
		a.said.Deaths = 0
	}
}

// note takes over that something was passed over or repaired.
func (a *attempt) note(e Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said.Events = AddEvents(a.said.Events, e)
}

// heartbeat is what to say now.
func (a *attempt) heartbeat() any {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said.Memory = a.usage()
	return a.said
}

// end is where the run stands when the attempt has returned.
func (a *attempt) end(r train.Result, err error) Progress {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.said.ended(r)
	if err != nil {
		p.Done, p.Outputs = false, nil // it may have been told to stop just before its outputs
	}
	a.said.Progress, a.said.Ended = p, true
	return p
}

func (a *attempt) usage() Memory {
	if a.memory != nil {
		return a.memory()
	}
	m := usage()
	if info, err := os.Stat(a.log()); err == nil {
		m.Log = info.Size()
	}
	return m
}

// log is where a worker of this home writes, and the runtime its last words.
func (a *attempt) log() string { return filepath.Join(a.Home, "worker.log") }

// logged reports whether the runtime has found no memory since the log was this long.
func (a *attempt) logged(since int64) bool {
	text, err := os.ReadFile(a.log())
	if err != nil || since > int64(len(text)) {
		return false
	}
	return bytes.Contains(text[since:], []byte("fatal error: runtime: out of memory")) ||
		bytes.Contains(text[since:], []byte("fatal error: runtime: cannot allocate memory"))
}
