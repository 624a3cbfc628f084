package cpu

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// machineLimit is the share of the machine's memory that tensors may take when nobody says otherwise: three quarters of what there is,
// or of what the control group allows if that is less. The rest is for the heap, the other processes and the page cache. It is 0, no
// limit, where neither is known.
func machineLimit() int64 { return limitUnder("/") }

// limitUnder is machineLimit with the files of a machine found under root.
func limitUnder(root string) int64 {
	least := int64(math.MaxInt64)
	for _, n := range append(groupLimits(root), physical(root)) {
		if n > 0 {
			least = min(least, n)
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least / 4 * 3
}

// physical is MemTotal of /proc/meminfo.
func physical(root string) int64 {
	data, _ := os.ReadFile(filepath.Join(root, "proc/meminfo"))
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		if f := strings.Fields(lines.Text()); len(f) > 1 && f[0] == "MemTotal:" {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// groupLimits are the limits of this process's control groups, of either version, and of all those above them. In a container the path
// may name a directory that is mounted as the root: then only the root is found, and it is the right one.
func groupLimits(root string) (limits []int64) {
	data, _ := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		f := strings.SplitN(lines.Text(), ":", 3) // number, controllers, path
		if len(f) != 3 {
			continue
		}
		base, file := "sys/fs/cgroup", "memory.max"
		if f[1] != "" {
			if f[1] != "memory" {
				continue
			}
			base, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		}
		for dir := filepath.Clean("/" + f[2]); ; dir = filepath.Dir(dir) {
			text, _ := os.ReadFile(filepath.Join(root, base, dir, file))
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
				limits = append(limits, n)
			}
			if dir == "/" {
				break
			}
		}
	}
	return limits
}
