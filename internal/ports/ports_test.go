package ports

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"testing"
)

func TestAClaimedPortIsNobodyElses(t *testing.T) {
	port, claim, err := Free()
	if err != nil {
		t.Fatal(err)
	}
	if port < lowest || port > highest {
		t.Errorf("port %d, want one from %d to %d", port, lowest, highest)
	}
	if second, err := Claim(port); err == nil {
		second.Close()
		t.Errorf("port %d is claimed twice", port)
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)) // the claim does not stand in its owner's way
	if err != nil {
		t.Fatal(err)
	}
	claim.Close()
	if second, err := Claim(port); err == nil {
		second.Close()
		t.Errorf("port %d is claimed while somebody listens there", port)
	}
	l.Close()
	if claim, err = Claim(port); err != nil {
		t.Errorf("port %d, free again: %v", port, err)
	} else {
		claim.Close()
	}
}

func TestHolder(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	want := ""
	if runtime.GOOS == "linux" {
		want = fmt.Sprintf("pid %d (ports.test)", os.Getpid())
	}
	if got := Holder(l.Addr().(*net.TCPAddr).Port); got != want {
		t.Errorf("the holder is %q, want this process, %q", got, want)
	}
	if got := Holder(1); got != "" {
		t.Errorf("port 1 is held by %q", got)
	}
}
