"""Writes and reads adapters with PEFT.

    adapters.py write BASE DIR     adapters on the model in folder BASE, with what they compute in outputs.safetensors: logits, and the gradients of
                               the adapters' parameters when the loss is the sum of the logits' squares
    adapters.py outputs BASE DIR   opens the adapters in DIR on BASE and writes outputs.safetensors into DIR

The tokens are those of tokens() below. The committed folder beside this file was written by "adapters.py write ../../testdata/whole adapter",
with torch 2.15.0, transformers 5.24.0 and peft 0.21.2.
"""

import os
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import GPT2LMHeadModel


def tokens(config):
    t = torch.arange(config.n_positions)
    return torch.stack([(7 * b + 3 * t + t * t) % config.vocab_size for b in range(2)])


action, base, directory = sys.argv[1:]
model = GPT2LMHeadModel.from_pretrained(base)
if action == "write":
    torch.manual_seed(7)
    model = get_peft_model(model, LoraConfig(r=3, lora_alpha=5, lora_dropout=0.1, target_modules=["attn.c_attn", "c_proj"],
                                             task_type="CAUSAL_LM"))
    for name, p in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(p, std=0.3)
    model.save_pretrained(directory)
else:
    model = PeftModel.from_pretrained(model, directory, is_trainable=True)
model.eval()
logits = model(tokens(model.config)).logits
logits.square().sum().backward()
out = {"logits": logits.detach().contiguous()}
for name, p in model.named_parameters():
    if p.grad is not None:
        out["grad." + name.replace(".default", "")] = p.grad
save_file(out, os.path.join(directory, "outputs.safetensors"), {"torch": torch.__version__})
