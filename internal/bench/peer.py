"""The peer of `athanor bench`: the same work in OpenBLAS and PyTorch, one request a line, so that both sides take turns.

Requests (JSON, one a line) and answers (JSON, one a line, "seconds" per repetition):
  {"op": "hello"}                                             versions
  {"op": "gemm", "n": 512, "layout": "NN", "threads": 1, "reps": 5}   cblas_sgemm of OpenBLAS, through ctypes
  {"op": "step", "threads": 2, "reps": 5}                     one training step of the char-gpt recipe in PyTorch

On a machine with AVX-512 set OPENBLAS_CORETYPE=SKYLAKEX (athanor bench does): OpenBLAS takes virtual machines for old CPUs.
"""
import ctypes
import ctypes.util
import json
import math
import sys
import time


class Blas:
    """cblas_sgemm of the system's OpenBLAS on row-major matrices made once per size."""

    def __init__(self):
        self.lib = ctypes.CDLL(ctypes.util.find_library("openblas") or "libopenblas.so.0")
        self.made = {}

    def threads(self, n):
        self.lib.openblas_set_num_threads(ctypes.c_int(n))

    def config(self):
        self.lib.openblas_get_config.restype = ctypes.c_char_p
        self.lib.openblas_get_corename.restype = ctypes.c_char_p
        return self.lib.openblas_get_config().decode() + " core " + self.lib.openblas_get_corename().decode()

    def gemm(self, n, layout, threads, reps):
        if n not in self.made:
            fill = (ctypes.c_float * (n * n))
            self.made[n] = [fill(*([0.5, -0.25, 0.125, 0.75] * (n * n // 4))) for _ in range(2)] + [fill()]
        a, b, c = self.made[n]
        self.threads(threads)
        trans = {"N": 111, "T": 112}
        one, zero = ctypes.c_float(1), ctypes.c_float(0)
        seconds = []
        for _ in range(reps):
            start = time.perf_counter()
            self.lib.cblas_sgemm(101, trans[layout[0]], trans[layout[1]], n, n, n, one, a, n, b, n, zero, c, n)
            seconds.append(time.perf_counter() - start)
        return seconds


class Step:
    """nanoGPT's recipe for CPUs: L4 H4 C128 T64 B12, AdamW, clip 1.0; written with torch.nn only."""

    def __init__(self):
        import torch
        from torch import nn
        import torch.nn.functional as F

        self.torch = torch
        torch.manual_seed(1337)
        L, H, C, T, B, V = 4, 4, 128, 64, 12, 65
        sdpa = getattr(F, "scaled_dot_product_attention", None)

        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.ln1, self.ln2 = nn.LayerNorm(C), nn.LayerNorm(C)
                self.qkv, self.proj = nn.Linear(C, 3 * C, bias=False), nn.Linear(C, C, bias=False)
                self.up, self.down = nn.Linear(C, 4 * C, bias=False), nn.Linear(4 * C, C, bias=False)
                self.register_buffer("mask", torch.tril(torch.ones(T, T)).view(1, 1, T, T))

            def attend(self, x):
                q, k, v = (y.view(B, T, H, C // H).transpose(1, 2) for y in self.qkv(x).split(C, dim=2))
                if sdpa is not None:
                    y = sdpa(q, k, v, is_causal=True)
                else:
                    att = (q @ k.transpose(-2, -1)) / math.sqrt(C // H)
                    y = F.softmax(att.masked_fill(self.mask == 0, float("-inf")), dim=-1) @ v
                return self.proj(y.transpose(1, 2).reshape(B, T, C))

            def forward(self, x):
                x = x + self.attend(self.ln1(x))
                return x + self.down(F.gelu(self.up(self.ln2(x))))

        class GPT(nn.Module):
            def __init__(self):
                super().__init__()
                self.wte, self.wpe = nn.Embedding(V, C), nn.Embedding(T, C)
                self.blocks, self.ln = nn.ModuleList([Block() for _ in range(L)]), nn.LayerNorm(C)

            def forward(self, x, y):
                h = self.wte(x) + self.wpe(torch.arange(T))
                for block in self.blocks:
                    h = block(h)
                logits = self.ln(h) @ self.wte.weight.t()
                return F.cross_entropy(logits.view(-1, V), y.view(-1))

        self.model = GPT()
        matrices = [p for p in self.model.parameters() if p.dim() >= 2]
        vectors = [p for p in self.model.parameters() if p.dim() < 2]
        self.optim = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}], lr=1e-3, betas=(0.9, 0.99))
        self.forward = self.model
        self.x, self.y = torch.randint(V, (B, T)), torch.randint(V, (B, T))

    def compile(self):
        self.forward = self.torch.compile(self.model)

    def run(self, threads, reps):
        torch = self.torch
        torch.set_num_threads(threads)
        seconds = []
        for _ in range(reps):
            start = time.perf_counter()
            loss = self.forward(self.x, self.y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optim.step()
            self.optim.zero_grad(set_to_none=True)
            loss.item()
            seconds.append(time.perf_counter() - start)
        return seconds


def main():
    blas = step = None
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            if ask["op"] == "gemm":
                blas = blas or Blas()
                answer = {"seconds": blas.gemm(ask["n"], ask["layout"], ask["threads"], ask["reps"]), "version": blas.config()}
            elif ask["op"] == "step":
                step = step or Step()
                if ask.get("compile"):
                    step.compile()
                answer = {"seconds": step.run(ask["threads"], ask["reps"]), "version": "torch " + step.torch.__version__}
            else:
                answer = {"version": "python " + sys.version.split()[0]}
        except Exception as e:  # the other side prints it
            answer = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(answer), flush=True)


main()
