#!/usr/bin/env python3
"""Makes golden cases of mixture-of-experts models with the transformers library.

usage: make_transformers_case.py FOLDER [NAME...]

For each case a tiny model is built from its config class, every element of it gets a value of its
own, and the library saves it as such models are published (src/) and loads it again;
expected.safetensors is the state_dict of what was loaded. case.json says which versions did it.
With the versions of requirements.txt the files are the same to the byte from run to run.
"""

import hashlib
import importlib
import json
import pathlib
import platform
import shutil
import sys

import safetensors.torch
import torch
import transformers

DENSE = {
    "vocab_size": 64,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 16,
    "num_experts_per_tok": 2,
    "tie_word_embeddings": False,
}
GROUPED = {"num_key_value_heads": 2}
LATENT = {
    "kv_lora_rank": 12,
    "q_lora_rank": 20,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 4,
    "v_head_dim": 8,
}

# Name → prefix of its classes, what its config has beside DENSE.
CASES = {
    # Twelve experts: an order by text would put expert 10 before expert 2.
    "mixtral": ("Mixtral", {**GROUPED, "num_local_experts": 12}),
    "minimax": ("MiniMax", {**GROUPED, "num_local_experts": 4, "block_size": 16}),
    "qwen2_moe": (
        "Qwen2Moe",
        {
            **GROUPED,
            "num_experts": 4,
            "moe_intermediate_size": 12,
            "shared_expert_intermediate_size": 10,
        },
    ),
    "qwen3_moe": ("Qwen3Moe", {**GROUPED, "num_experts": 4, "moe_intermediate_size": 12}),
    "deepseek_v2": (
        "DeepseekV2",
        {
            **LATENT,
            "n_routed_experts": 4,
            "n_shared_experts": 1,
            "moe_intermediate_size": 12,
            "first_k_dense_replace": 0,
        },
    ),
    # The first layer is dense: nothing to fuse there.
    "deepseek_v3": (
        "DeepseekV3",
        {
            **LATENT,
            **GROUPED,
            "n_routed_experts": 4,
            "n_shared_experts": 1,
            "moe_intermediate_size": 12,
            "first_k_dense_replace": 1,
            "n_group": 1,
            "topk_group": 1,
        },
    ),
    "olmoe": ("Olmoe", {"num_experts": 11, "pad_token_id": 1, "eos_token_id": 39}),
    "glm4_moe": (
        "Glm4Moe",
        {
            **GROUPED,
            "n_routed_experts": 4,
            "n_shared_experts": 1,
            "moe_intermediate_size": 12,
            "first_k_dense_replace": 1,
            "n_group": 1,
            "topk_group": 1,
        },
    ),
}


def fill(model):
    """Gives every element of every saved tensor a value that no other has."""
    first = 1
    with torch.no_grad():
        for tensor in model.state_dict().values():
            assert tensor.is_floating_point()
            count = tensor.numel()
            tensor.copy_(
                torch.arange(first, first + count, dtype=torch.float64).reshape(tensor.shape)
                / 2**16
            )
            first += count
    assert first < 2**24, "beyond what float32 tells apart"


def make(name, folder):
    prefix, options = CASES[name]
    module = importlib.import_module(f"transformers.models.{name}")
    config = getattr(module, f"{prefix}Config")(**DENSE, **options)
    model_class = getattr(module, f"{prefix}ForCausalLM")
    model = model_class(config).eval()
    fill(model)

    shutil.rmtree(folder, ignore_errors=True)
    source = folder / "src"
    model.save_pretrained(source)
    (source / "generation_config.json").unlink(missing_ok=True)
    loaded = model_class.from_pretrained(source, dtype=torch.float32).state_dict()
    wanted = model.state_dict()
    assert loaded.keys() == wanted.keys()
    assert all(
        torch.equal(loaded[key], wanted[key]) for key in wanted
    ), "the library's own round trip differs"
    safetensors.torch.save_file(
        {key: value.contiguous() for key, value in loaded.items()}, folder / "expected.safetensors"
    )

    with safetensors.safe_open(source / "model.safetensors", "pt") as published:
        published_count = len(published.keys())
    files = ("expected.safetensors", "src/config.json", "src/model.safetensors")
    case = {
        "recipe": "recipes/make_transformers_case.py",
        "class": model_class.__name__,
        "config": {**DENSE, **options},
        "source": "src: as save_pretrained writes the model, which is how it is published",
        "expected": "expected.safetensors: the state_dict after from_pretrained",
        "tensors": {"source": published_count, "expected": len(loaded)},
        "versions": {
            "python": platform.python_version(),
            "safetensors": safetensors.__version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "sha256": {
            file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in files
        },
    }
    (folder / "case.json").write_text(json.dumps(case, indent=2) + "\n")
    print(f"{name}: {published_count} -> {len(loaded)} tensors")


def main():
    folder = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:] or CASES:
        make(name, folder / name)


main()
