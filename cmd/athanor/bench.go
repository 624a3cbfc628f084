package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/cmd/athanor/self"
	"github.com/athanor-ml/athanor/internal/bench"
	"github.com/athanor-ml/athanor/kernel/kerneltest"
)

func benchCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure what docs/PERF.md records, beside the peers", RunE: unknown}
	cmd.AddCommand(benchGemmCommand(), benchStepCommand(), benchKernelCommand(e))
	return cmd
}

// peerFlag starts the peer that --peer names; none when it is empty.
func peerFlag(python string) (*bench.Peer, error) {
	if python == "" {
		return nil, nil
	}
	return bench.StartPeer(python)
}

// report is what every benchmark prints as JSON: the figures with the machine they come from.
type report struct {
	Machine bench.Machine `json:"machine"`
	Version string        `json:"version"`
	Peer    string        `json:"peer,omitempty"`
	Results any           `json:"results"`
}

func benchGemmCommand() *cobra.Command {
	var python string
	var asJSON bool
	var sizes, threads []int
	var rounds int
	cmd := &cobra.Command{
		Use: "gemm", Short: "Square float32 matrix products, beside OpenBLAS", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			peer, err := peerFlag(python)
			if err != nil {
				return err
			}
			if peer != nil {
				defer peer.Close()
			}
			results, err := bench.Gemm(sizes, threads, rounds, peer, progressOf(cmd, asJSON))
			if err != nil || !asJSON {
				return err
			}
			r := report{Machine: bench.ThisMachine(), Version: self.Version(), Results: results}
			if peer != nil {
				r.Peer = peer.Version
			}
			return printJSON(cmd.OutOrStdout(), r)
		},
	}
	cmd.Flags().StringVar(&python, "peer", "", "a python3 on a machine with OpenBLAS: measure it in turn")
	cmd.Flags().IntSliceVar(&sizes, "n", []int{512, 1024, 2048}, "sizes")
	cmd.Flags().IntSliceVar(&threads, "threads", []int{1, 2}, "numbers of threads")
	cmd.Flags().IntVar(&rounds, "rounds", 5, "turns of each side")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func progressOf(cmd *cobra.Command, quiet bool) io.Writer {
	if quiet {
		return cmd.ErrOrStderr()
	}
	return cmd.OutOrStdout()
}

func benchStepCommand() *cobra.Command {
	var python string
	var asJSON, compile bool
	var threads, rounds, reps int
	cmd := &cobra.Command{
		Use: "step", Short: "The training step of char-gpt, beside PyTorch", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			peer, err := peerFlag(python)
			if err != nil {
				return err
			}
			if peer != nil {
				defer peer.Close()
			}
			r, err := bench.Step(threads, rounds, reps, peer, compile, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), report{Machine: bench.ThisMachine(), Version: self.Version(), Peer: r.PeerVersion, Results: r})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ours: best %.1f ms, median %.1f ms, %.0f bytes of Go heap a step\n", r.Ours.Min, r.Ours.Median, r.HeapBytesStep)
			if peer != nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%s: best %.1f ms, median %.1f ms; we are %.2f times as fast (medians %.2f)\n",
					r.PeerVersion, r.Peer.Min, r.Peer.Median, r.Ratio, r.MedianRatio)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&python, "peer", "", "a python3 with PyTorch: measure it in turn")
	cmd.Flags().BoolVar(&compile, "compile", false, "let the peer use torch.compile")
	cmd.Flags().IntVar(&threads, "threads", 2, "threads of both sides")
	cmd.Flags().IntVar(&rounds, "rounds", 10, "turns of each side")
	cmd.Flags().IntVar(&reps, "reps", 10, "steps a turn")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func benchKernelCommand(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "kernel", Short: "The kernel as a client sees it: start, round trips, output, interrupts", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			exe, err := self.Program()
			if err != nil {
				return err
			}
			argv := []string{exe, "kernel", "--home", e.home, "--data", e.data, "--connection-file", "{connection_file}"}
			r, err := kerneltest.Bench(cmd.Context(), argv, kerneltest.StartOptions{}, kerneltest.BenchOptions{})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), report{Machine: bench.ThisMachine(), Version: self.Version(), Results: r})
			}
			showKernel(cmd.OutOrStdout(), r)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func showKernel(out io.Writer, r kerneltest.BenchResult) {
	fmt.Fprintf(out, "start to ready         %7.1f ms, to the first cell's reply %.1f ms\n", r.StartReady, r.StartCell)
	fmt.Fprintf(out, "1+1                    %7.1f ms (p50 of %d), p99 %.1f ms\n", r.OneP50, r.Rounds, r.OneP99)
	fmt.Fprintf(out, "%-22s %7.1f ms\n", fmt.Sprintf("%d printed lines", r.PrintLines), r.Print)
	fmt.Fprintf(out, "interrupt of for {}    %7.1f ms (p50 of %d), p99 %.1f ms\n", r.InterruptP50, r.Interrupts, r.InterruptP99)
	fmt.Fprintf(out, "shutdown               %7.1f ms\n", r.ShutdownMS)
}
