"""AutoModelForCausalLM.from_pretrained, which fuses the experts as it loads."""

import sys

import torch
import transformers
from server import serve

torch.set_num_threads(int(sys.argv[1]))
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


def load(folder):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    return model, sum(p.numel() * p.element_size() for p in model.parameters())


serve(load)
