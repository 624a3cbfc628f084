package workflows

import (
	"fmt"
	"strconv"
	"strings"
)

// Worker is a worker process as the server knows it, by the identity that it polls with: "athanor@host:home#pid".
type Worker struct {
	Host string
	Home string
	PID  int
}

// String is the worker's identity.
func (w Worker) String() string { return fmt.Sprintf("athanor@%s:%s#%d", w.Host, w.Home, w.PID) }

// ParseWorker reads an identity; false for one that is not a worker of ours.
func ParseWorker(identity string) (Worker, bool) {
	rest, ok := strings.CutPrefix(identity, "athanor@")
	at := strings.LastIndexByte(rest, '#')
	host, _, named := strings.Cut(rest, ":")
	if !ok || !named || at < len(host) {
		return Worker{}, false
	}
	pid, err := strconv.Atoi(rest[at+1:])
	return Worker{Host: host, Home: rest[len(host)+1 : at], PID: pid}, err == nil
}
