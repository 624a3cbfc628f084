package doctor

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// CPU reports the device that tensorlib computes on: describe is the device's own line.
func CPU(describe string) Check {
	return func() []Finding {
		f := ok("cpu", "%s", describe)
		if !strings.Contains(describe, "avx512") && !strings.Contains(describe, "avx2") {
			f.Level = Warn
			f.Fix = "neither AVX2 nor AVX-512: plain Go loops are used, tens of times slower; pick another machine for training"
		}
		return []Finding{f, ok("cores", "%d usable (GOMAXPROCS %d)", runtime.NumCPU(), runtime.GOMAXPROCS(0))}
	}
}

// Memory reports the machine's memory as /proc/meminfo has it.
func Memory() []Finding {
	total, free, err := meminfo("/proc/meminfo")
	if err != nil {
		return []Finding{{"memory", Optional, "not known on this system: " + err.Error(), ""}}
	}
	f := ok("memory", "%.1f GiB, %.1f GiB available", gib(total), gib(free))
	if gib(free) < 2 {
		f.Level, f.Fix = Warn, "less than 2 GiB available: close something, or expect the kernel to be killed on larger models"
	}
	return []Finding{f}
}

func gib(kib int64) float64 { return float64(kib) / (1 << 20) }

func meminfo(path string) (total, available int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "MemTotal:":
			total = n
		case "MemAvailable:":
			available = n
		}
	}
	if total == 0 {
		return 0, 0, fmt.Errorf("%s: no MemTotal line", path)
	}
	return total, available, nil
}

// driverPaths is where Linux distributions and the NVIDIA container tools put the driver's library.
var driverPaths = []string{
	"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/nvidia/lib64",
	"/usr/local/cuda/compat", "/usr/lib/wsl/lib", "/run/opengl-driver/lib",
}

// GPU says whether an NVIDIA driver is there, or why not. This build computes on the CPU either way.
func GPU() []Finding {
	version, err := os.ReadFile("/proc/driver/nvidia/version")
	loaded := err == nil
	for _, dir := range driverPaths {
		lib := filepath.Join(dir, "libcuda.so.1")
		if _, err := os.Stat(lib); err != nil {
			continue
		}
		if !loaded {
			return []Finding{{
				"gpu", Optional, lib + " is there, but no NVIDIA kernel module is loaded",
				"in a container: start it with the GPU passed through; on a host: load the nvidia module",
			}}
		}
		line, _, _ := strings.Cut(string(version), "\n")
		return []Finding{{"gpu", Optional, lib + "; " + line, "this build has no CUDA device yet; training runs on the CPU"}}
	}
	why := "no libcuda.so.1 and no NVIDIA kernel module: this machine has no NVIDIA driver"
	if loaded {
		why = "an NVIDIA kernel module is loaded, but libcuda.so.1 is in none of the usual folders"
	}
	return []Finding{{"gpu", Optional, why, ""}}
}
