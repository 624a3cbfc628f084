package cpu

import (
	"os"
	"path/filepath"
	"testing"
)

// The limit is three quarters of the least of the machine's memory and of the limits of the control groups above the process.
func TestMachineLimit(t *testing.T) {
	const mem, v2, v1 = "proc/meminfo", "sys/fs/cgroup", "sys/fs/cgroup/memory"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"unknown":                {nil, 0},
		"no groups":              {map[string]string{mem: "MemTotal:       4096 kB\nMemFree: 1 kB\n"}, 3 << 20},
		"version 2":              {map[string]string{mem: "MemTotal: 4096 kB", "proc/self/cgroup": "0::/a/b\n", v2 + "/a/b/memory.max": "1048576\n"}, 3 << 18},
		"version 2, no limit":    {map[string]string{mem: "MemTotal: 4096 kB", "proc/self/cgroup": "0::/a\n", v2 + "/a/memory.max": "max\n"}, 3 << 20},
		"a limit further up":     {map[string]string{"proc/self/cgroup": "0::/a/b\n", v2 + "/a/memory.max": "2097152\n", v2 + "/a/b/memory.max": "max"}, 3 << 19},
		"the group is the root":  {map[string]string{"proc/self/cgroup": "0::/host/path\n", v2 + "/memory.max": "4194304\n"}, 3 << 20},
		"version 1":              {map[string]string{mem: "MemTotal: 4096 kB", "proc/self/cgroup": "5:cpu:/a\n4:memory:/a\n0::/\n", v1 + "/a/memory.limit_in_bytes": "1048576\n"}, 3 << 18},
		"version 1, not limited": {map[string]string{mem: "MemTotal: 4096 kB", "proc/self/cgroup": "4:memory:/\n", v1 + "/memory.limit_in_bytes": "9223372036854771712\n"}, 3 << 20},
	} {
		root := t.TempDir()
		for path, text := range c.files {
			path = filepath.Join(root, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := limitUnder(root); got != c.want {
			t.Errorf("%s: the limit is %d, want %d", name, got, c.want)
		}
	}
}
