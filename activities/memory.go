package activities

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Memory is what a process uses of the memory of its machine, where the system tells (Linux).
type Memory struct {
	PID   int   `json:"pid"`
	Used  int64 `json:"used,omitempty"`  // bytes
	Limit int64 `json:"limit,omitempty"` // of the process's control group, else of the machine
	Log   int64 `json:"log,omitempty"`   // bytes in the worker's log
	Kills int64 `json:"kills,omitempty"` // how many processes the system has killed for want of memory
}

// usage is that of this process, now.
func usage() Memory {
	m := Memory{PID: os.Getpid()}
	if fields := strings.Fields(read("/proc/self/statm")); len(fields) > 1 {
		pages, _ := strconv.ParseInt(fields[1], 10, 64)
		m.Used = pages * int64(os.Getpagesize())
	}
	m.Limit = number("/proc/meminfo", "MemTotal:") << 10
	m.Kills = number("/proc/vmstat", "oom_kill")
	group := controlGroup()
	if limit, err := strconv.ParseInt(strings.TrimSpace(read(filepath.Join(group, "memory.max"))), 10, 64); err == nil && limit < m.Limit {
		m.Limit = limit
	}
	m.Kills = max(m.Kills, number(filepath.Join(group, "memory.events"), "oom_kill"))
	return m
}

// killedSince reports whether the system has killed for want of memory since before was measured, by another process.
func (m Memory) killedSince(before Memory) bool { return m.PID != before.PID && m.Kills > before.Kills }

// controlGroup is the directory of this process's control group, of version 2.
func controlGroup() string {
	for line := range strings.Lines(read("/proc/self/cgroup")) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return filepath.Join("/sys/fs/cgroup", path)
		}
	}
	return "/sys/fs/cgroup"
}

// number is the number behind a name in a file of "name number" lines; 0: there is none.
func number(path, name string) int64 {
	lines := bufio.NewScanner(bytes.NewReader([]byte(read(path))))
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == name {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			return n
		}
	}
	return 0
}

// read is the text of a file that other systems do not have.
func read(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

// size is a number of bytes in words.
func size(bytes int64) string {
	if bytes == 0 {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.2f GiB", float64(bytes)/(1<<30))
}
