package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// The test binary is also a peer that claims fixed times: it answers as peer.py does.
func TestMain(m *testing.M) {
	if mode := os.Getenv("BENCH_TEST_PEER"); mode != "" {
		fakePeer(mode)
		return
	}
	os.Exit(m.Run())
}

func fakePeer(mode string) {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var request struct {
			Op   string
			Reps int
		}
		if json.Unmarshal(in.Bytes(), &request) != nil {
			return
		}
		switch {
		case mode == "dies" && request.Op != "hello":
			fmt.Fprintln(os.Stderr, "out of luck")
			return
		case mode == "fails" && request.Op != "hello":
			fmt.Println(`{"error": "no such library"}`)
		default:
			seconds, _ := json.Marshal(make([]float64, request.Reps))
			fmt.Printf(`{"seconds": %s, "version": "fake 1.0"}`+"\n", strings.ReplaceAll(string(seconds), "0", "2"))
		}
	}
}

func startFake(t *testing.T, mode string) *Peer {
	t.Helper()
	t.Setenv("BENCH_TEST_PEER", mode)
	p, err := StartPeer(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.in.Close() })
	return p
}

// The peer takes two seconds for everything, so the ratios follow from our own times.
func TestGemm(t *testing.T) {
	all, err := Gemm([]int{32}, []int{1, 2}, 1, startFake(t, "works"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 6 {
		t.Fatalf("%d results, want 3 layouts with 1 and 2 threads", len(all))
	}
	const peer = 2 * 32 * 32 * 32 / 2.0 / 1e9 // GFLOP/s
	for _, r := range all {
		if r.Ours <= 0 || !near(r.Peer, peer) || !near(r.Ratio, r.Ours/peer) {
			t.Errorf("%+v: want the peer at %g GFLOP/s and ratio ours/peer", r, peer)
		}
	}
}

// Without a peer there is nothing to compare with, and no line says that there was.
func TestWithoutPeer(t *testing.T) {
	var said strings.Builder
	step, err := Step(2, 1, 1, nil, false, &said)
	if err != nil {
		t.Fatal(err)
	}
	gemm := GemmResult{N: 32, Layout: "NT", Threads: 2, Ours: 40}
	for _, results := range []any{gemm, step} {
		text, err := json.Marshal(results)
		if err != nil {
			t.Fatal(err)
		}
		said.Write(text)
	}
	fmt.Fprintln(&said, gemm)
	if !strings.Contains(said.String(), "32 NT 2 thread(s):   40.0 GFLOP/s\n") {
		t.Errorf("no line about ours in:\n%s", said.String())
	}
	for _, word := range []string{"peer", "atio"} {
		if strings.Contains(said.String(), word) {
			t.Errorf("%q is in what was printed without a peer:\n%s", word, said.String())
		}
	}
}

func near(a, b float64) bool { return a > 0.999*b && a < 1.001*b }

func TestStep(t *testing.T) {
	r, err := Step(2, 2, 1, startFake(t, "works"), false, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if r.Ours.N != 2 || r.Ours.Min <= 0 || r.Peer.Min != 2000 || r.PeerVersion != "fake 1.0" || !near(r.Ratio, 2000/r.Ours.Min) {
		t.Errorf("%+v, want two steps of ours and the peer's 2000 ms", r)
	}
	if r.HeapBytesStep >= 64<<10 {
		t.Errorf("a training step allocates %.0f bytes of Go heap, the limit is 64 KiB", r.HeapBytesStep)
	}
}

func TestPeerTrouble(t *testing.T) {
	for mode, want := range map[string]string{"dies": "out of luck", "fails": "no such library"} {
		if _, err := Gemm([]int{8}, []int{1}, 1, startFake(t, mode), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a peer that %s: %v, want %q in the error", mode, err, want)
		}
	}
	if _, err := StartPeer("/nonexistent/python"); err == nil {
		t.Error("a peer that is not there was started")
	}
}
