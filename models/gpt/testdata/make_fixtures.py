#!/usr/bin/env python3
"""Writes the fixtures that athanor's GPT is compared with: gpt_bias, gpt_nobias and layers (.safetensors).

Run it in this folder with any PyTorch >= 1.13; it needs nothing else. The model is GPT-2 as nanoGPT trains it: exact GELU,
pre-layer-norm, tied head. Linear weights are stored (in, out), under Hugging Face's names.
"""
import json, math, struct
import torch
from torch.nn import functional as F

L, H, C, T, V, B = 2, 2, 16, 8, 11, 3
LR, BETAS, EPS, DECAY, CLIP, STEPS = 1e-2, (0.9, 0.99), 1e-8, 0.1, 0.5, 3


def save(path, tensors):
    kinds = {torch.float32: "F32", torch.int64: "I64"}
    header, payload = {"__metadata__": {"script": "models/gpt/testdata/make_fixtures.py", "torch": torch.__version__}}, b""
    for name, t in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        raw = t.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": kinds[t.dtype], "shape": list(t.shape), "data_offsets": [len(payload), len(payload) + len(raw)]}
        payload += raw
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + payload)


def draw_parameters(bias):
    p = {"wte.weight": torch.randn(V, C) * 0.3, "wpe.weight": torch.randn(T, C) * 0.3}
    for i in range(L):
        h = f"h.{i}."
        for name, n_in, n_out in [("attn.c_attn", C, 3 * C), ("attn.c_proj", C, C), ("mlp.c_fc", C, 4 * C), ("mlp.c_proj", 4 * C, C)]:
            p[h + name + ".weight"] = torch.randn(n_in, n_out) * 0.3
            if bias:
                p[h + name + ".bias"] = torch.randn(n_out) * 0.1
        for name in ["ln_1", "ln_2"]:
            p[h + name + ".weight"] = 1 + torch.randn(C) * 0.1
            if bias:
                p[h + name + ".bias"] = torch.randn(C) * 0.1
    p["ln_f.weight"] = 1 + torch.randn(C) * 0.1
    if bias:
        p["ln_f.bias"] = torch.randn(C) * 0.1
    return {"transformer." + k: v.requires_grad_() for k, v in p.items()}


def attention(q, k, v):
    att = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
    future = torch.ones(att.shape[-2:], dtype=torch.bool).triu(1 + att.size(-1) - att.size(-2))
    return att.masked_fill(future, -math.inf).softmax(-1) @ v


def forward(p, idx):
    def get(name):
        return p.get("transformer." + name)

    def linear(name, x):
        y = x @ get(name + ".weight")
        return y if get(name + ".bias") is None else y + get(name + ".bias")

    def norm(name, x):
        return F.layer_norm(x, (C,), get(name + ".weight"), get(name + ".bias"), 1e-5)

    x = get("wte.weight")[idx] + get("wpe.weight")[: idx.size(1)]
    for i in range(L):
        h = f"h.{i}."
        q, k, v = (t.view(idx.size(0), -1, H, C // H).transpose(1, 2) for t in linear(h + "attn.c_attn", norm(h + "ln_1", x)).split(C, 2))
        x = x + linear(h + "attn.c_proj", attention(q, k, v).transpose(1, 2).reshape(x.shape))
        x = x + linear(h + "mlp.c_proj", F.gelu(linear(h + "mlp.c_fc", norm(h + "ln_2", x))))
    return norm("ln_f", x) @ get("wte.weight").T


def model(path, bias):
    torch.manual_seed(1337)
    p = draw_parameters(bias)
    idx, targets = torch.randint(V, (B, T)), torch.randint(V, (B, T))
    out = {"idx": idx, "targets": targets} | {"param." + k: v.detach().clone() for k, v in p.items()}
    groups = [
        {"params": [v for v in p.values() if v.dim() >= 2], "weight_decay": DECAY},
        {"params": [v for v in p.values() if v.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=LR, betas=BETAS, eps=EPS)
    for step in range(STEPS):
        logits = forward(p, idx)
        loss = F.cross_entropy(logits.view(-1, V), targets.view(-1))
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            out |= {"logits": logits, "loss": loss} | {"grad." + k: v.grad.clone() for k, v in p.items()}
        out[f"norm{step}"] = torch.nn.utils.clip_grad_norm_(list(p.values()), CLIP)
        optimizer.step()
    save(path, out | {"after." + k: v for k, v in p.items()})


def layers(path):
    torch.manual_seed(7)
    out = {}

    def case(name, f, *inputs):
        """Stores inputs, result, the gradient that goes in at the result, and those that come out at the inputs."""
        inputs = [x.requires_grad_() for x in inputs]
        y = f(*inputs)
        dy = torch.randn(y.shape)
        y.backward(dy)
        out.update({f"{name}.y": y, f"{name}.dy": dy})
        for i, x in enumerate(inputs):
            out.update({f"{name}.x{i}": x, f"{name}.dx{i}": x.grad})

    case("layernorm", lambda x, w, b: F.layer_norm(x, (33,), w, b, 1e-5), torch.randn(5, 33), torch.randn(33), torch.randn(33))
    case("gelu", F.gelu, torch.randn(7, 13) * 3)
    case("gelu_new", lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))), torch.randn(7, 13) * 3)
    case("attention", attention, torch.randn(2, 3, 9, 5), torch.randn(2, 3, 9, 5), torch.randn(2, 3, 9, 5))
    case("attention_cached", attention, torch.randn(1, 2, 3, 8), torch.randn(1, 2, 7, 8), torch.randn(1, 2, 7, 8))
    targets = torch.tensor([0, 4, -100, 10, 3, 3, -100])
    out["crossentropy.targets"] = targets
    case("crossentropy", lambda x: F.cross_entropy(x, targets), torch.randn(7, 11) * 4)
    save(path, out)


model("gpt_bias.safetensors", True)
model("gpt_nobias.safetensors", False)
layers("layers.safetensors")
