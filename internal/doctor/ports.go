package doctor

import (
	"fmt"
	"io"
	"slices"
)

// Port is one that the daemon listens on by default.
type Port struct {
	Name   string // "server"
	Flag   string // of `athanor up`, which chooses another
	Number int
}

// Network is what Ports asks about the ports of 127.0.0.1.
type Network struct {
	Claim  func(port int) (io.Closer, error)       // an error: taken
	Free   func() (port int, c io.Closer, e error) // finds one that is free
	Holder func(port int) string                   // "pid 12 (name)", or empty
}

// Ports reports whether the daemon could listen where it does by default: want are these ports, ours are those on which a daemon of
// the home listens already. Runs start a daemon on free ports of its own, so only none that is free is a failure.
func Ports(want []Port, ours []int, n Network) Check {
	return func() []Finding {
		var all []Finding
		for _, p := range want {
			all = append(all, port(p, ours, n))
		}
		_, claim, err := n.Free()
		if err != nil {
			return append(all, Finding{
				"ports", Fail, err.Error(),
				"kernels, the server and its worker talk over 127.0.0.1: bring the loopback interface up, or allow programs to listen there",
			})
		}
		claim.Close()
		return all
	}
}

func port(p Port, ours []int, n Network) Finding {
	name := fmt.Sprintf("port %d", p.Number)
	if slices.Contains(ours, p.Number) {
		return ok(name, "used by this home's %s", p.Name)
	}
	claim, err := n.Claim(p.Number)
	if err == nil {
		claim.Close()
		return ok(name, "free for the %s", p.Name)
	}
	holder := n.Holder(p.Number)
	if holder == "" {
		holder = "another program"
	}
	return Finding{
		name, Warn, fmt.Sprintf("taken by %s; the %s would want it", holder, p.Name),
		fmt.Sprintf("nothing for runs: they start a server on free ports; for \"athanor up\": %s PORT, --any-port, or end that program", p.Flag),
	}
}
