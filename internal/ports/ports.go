// Package ports finds TCP ports of the loopback interface for servers that bind them a moment later, in code that is not ours and
// ends the process when it cannot.
//
// Between the choice and the binding nothing keeps others from the port: another server that chooses at the same time, or any
// connection that is opened meanwhile and gets the port as its own end, for the system gives out the same range to both. So a free
// port is taken from below that range, and claimed: whoever uses this package holds the UDP port of the same number, which the system
// frees however the process ends.
package ports

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
)

// The ports that Free chooses from: above those that well-known servers listen on, below those that Linux (from 32768), macOS
// and Windows (from 49152) give to outgoing connections.
const (
	lowest  = 15000
	highest = 32767
)

// Claim reports whether nobody listens on a port of 127.0.0.1 or has claimed it, and claims it until the claim is closed.
func Claim(port int) (claim io.Closer, err error) {
	address := fmt.Sprintf("127.0.0.1:%d", port)
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return net.ListenPacket("udp", address)
}

// Free finds a port that can be claimed, and claims it.
func Free() (port int, claim io.Closer, err error) {
	for range 100 {
		port = lowest + rand.IntN(highest-lowest+1)
		if claim, err = Claim(port); err == nil {
			return port, claim, nil
		}
	}
	return 0, nil, fmt.Errorf("no free port of 127.0.0.1 found from %d to %d: %w", lowest, highest, err)
}
