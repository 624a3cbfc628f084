"""Writes and reads folders of GPT-2 with Hugging Face's transformers.

    hf.py write DIR      folders of random models, one of each kind, each with the logits that it gives in logits.safetensors
    hf.py logits DIR…    opens each folder, as it is, and writes logits.safetensors into it

The tokens are those of tokens() below. The committed folders beside this file were written by "hf.py write testdata", with
torch 2.15.0 and transformers 5.24.0.
"""

import os
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel, GPT2Model


def tokens(config):
    t = torch.arange(config.n_positions)
    return torch.stack([(7 * b + 3 * t + t * t) % config.vocab_size for b in range(2)])


def save_logits(model, directory):
    model = model.float().eval()
    with torch.no_grad():
        logits = model(tokens(model.config)).logits
    save_file({"logits": logits.contiguous()}, os.path.join(directory, "logits.safetensors"), {"torch": torch.__version__})


def model(seed, **more):
    torch.manual_seed(seed)
    config = GPT2Config(vocab_size=13, n_positions=8, n_embd=8, n_layer=2, n_head=2, initializer_range=0.3,
                        bos_token_id=None, eos_token_id=None, **more)
    m = GPT2LMHeadModel(config)
    for name, p in m.named_parameters():  # transformers leaves biases at zero
        if name.endswith("bias"):
            torch.nn.init.normal_(p, std=0.3)
    return m


def write(root):
    def folder(name):
        directory = os.path.join(root, name)
        os.makedirs(directory, exist_ok=True)
        return directory

    m = model(1)
    m.save_pretrained(folder("whole"))
    save_logits(m, folder("whole"))

    m = model(2, activation_function="gelu")
    m.save_pretrained(folder("sharded"), max_shard_size="3KB")
    save_logits(m, folder("sharded"))

    m = model(3)
    m.transformer.save_pretrained(folder("headless"))  # a GPT2Model: keys without "transformer."
    save_logits(m, folder("headless"))

    for name, dtype in (("bfloat16", torch.bfloat16), ("float16", torch.float16)):
        m = model(4).to(dtype)
        m.save_pretrained(folder(name))
        save_logits(m, folder(name))

    # As older versions wrote it: the causal masks as buffers, and the head twice.
    m = model(5)
    m.save_pretrained(folder("old"))
    path = os.path.join(folder("old"), "model.safetensors")
    state = load_file(path)
    state["lm_head.weight"] = state["transformer.wte.weight"].clone()
    for i in range(2):
        state[f"transformer.h.{i}.attn.bias"] = torch.tril(torch.ones(8, 8, dtype=torch.bool)).view(1, 1, 8, 8)
        state[f"transformer.h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(state, path, {"format": "pt"})
    save_logits(m, folder("old"))

    model(6, tie_word_embeddings=False).save_pretrained(folder("untied"))


if sys.argv[1] == "write":
    write(sys.argv[2])
else:
    for directory in sys.argv[2:]:
        # Also of a model that is said to have no biases: transformers always has them.
        m, report = GPT2LMHeadModel.from_pretrained(directory, output_loading_info=True)
        wrong = {k: v for k, v in report.items() if v}
        if wrong:
            sys.exit(f"{directory}: {wrong}")
        save_logits(m, directory)
