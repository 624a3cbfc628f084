package main

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/athanor-ml/athanor/cmd/athanor/self"
	"github.com/athanor-ml/athanor/internal/daemon"
	"github.com/athanor-ml/athanor/internal/doctor"
	"github.com/athanor-ml/athanor/internal/ports"
	"github.com/athanor-ml/athanor/kernel/kernelspec"
	"github.com/athanor-ml/athanor/tensorlib/cpu"
)

func doctorCommand(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Examine this machine, and say what to do about what is missing", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all := e.examine()
			if asJSON {
				if err := doctor.PrintJSON(cmd.OutOrStdout(), all); err != nil {
					return err
				}
			} else {
				doctor.Print(cmd.OutOrStdout(), all)
			}
			if doctor.Failed(all) {
				return exitCode(1)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (e *env) examine() []doctor.Finding {
	specDir, argv0 := "", ""
	if found := kernelspec.Find(os.Getenv, os.Getenv("VIRTUAL_ENV")); len(found) > 0 {
		specDir = found[0].Dir
		if len(found[0].Spec.Argv) > 0 {
			argv0 = found[0].Spec.Argv[0]
		}
	}
	line, listening, up := e.server()
	return doctor.Examine(
		doctor.Versions(self.Version(), self.GoVersion()), doctor.CPU(cpu.New().Describe()), doctor.Memory, doctor.GPU, doctor.Writable("home", e.home, freeBytes),
		doctor.Data(e.data), doctor.Server(line, up),
		doctor.Ports(daemonPorts, listening, doctor.Network{Claim: ports.Claim, Free: ports.Free, Holder: ports.Holder}), doctor.Toolchain, doctor.Jupyter, doctor.Kernelspec(specDir, argv0),
	)
}

// daemonPorts are those that `up` takes when it is not told otherwise.
var daemonPorts = []doctor.Port{
	{Name: "Temporal server", Flag: "--port", Number: daemon.DefaultPort},
	{Name: "web UI", Flag: "--ui-port", Number: daemon.DefaultUIPort},
}

// server is one line about the daemon, the ports it listens on, and whether it is up.
func (e *env) server() (line string, listening []int, up bool) {
	s, err := daemon.Find(e.home)
	switch {
	case errors.Is(err, daemon.ErrNone):
		return "not up", nil, false
	case err != nil:
		return err.Error(), nil, false
	}
	for _, address := range []string{s.Address, s.UI} { // host:port, http://host:port
		if n, err := strconv.Atoi(address[strings.LastIndexByte(address, ':')+1:]); err == nil {
			listening = append(listening, n)
		}
	}
	return "Temporal " + s.Version + " at " + s.Address + ", UI " + s.UI, listening, true
}

func freeBytes(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}
