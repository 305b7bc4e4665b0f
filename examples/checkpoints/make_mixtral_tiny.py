#!/usr/bin/env python3
"""Writes the checkpoint mixtral-tiny beside this file (or into the folder given), always the same bytes.

The layout is the one in which Mixtral is published: two shards with an index, one tensor for each
expert and projection. No two of its elements are equal, so an element in a wrong place shows.
"""

import json
import pathlib
import struct
import sys

HIDDEN, INTERMEDIATE, LAYERS, EXPERTS, HEADS, KV_HEADS, VOCABULARY = 16, 24, 2, 4, 4, 2, 32
SHARD_BYTES = 16_000

CONFIG = {
    "architectures": ["MixtralForCausalLM"],
    "attention_dropout": 0.0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_act": "silu",
    "hidden_size": HIDDEN,
    "initializer_range": 0.02,
    "intermediate_size": INTERMEDIATE,
    "max_position_embeddings": 128,
    "model_type": "mixtral",
    "num_attention_heads": HEADS,
    "num_experts_per_tok": 2,
    "num_hidden_layers": LAYERS,
    "num_key_value_heads": KV_HEADS,
    "num_local_experts": EXPERTS,
    "output_router_logits": False,
    "rms_norm_eps": 1e-05,
    "rope_theta": 1000000.0,
    "router_aux_loss_coef": 0.02,
    "sliding_window": None,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.36.0",
    "use_cache": True,
    "vocab_size": VOCABULARY,
}

GENERATION_CONFIG = {"_from_model_config": True, "bos_token_id": 1, "eos_token_id": 2}


def shapes():
    """Yields (name, shape) in the order of the model's modules."""
    head = HIDDEN // HEADS
    yield "model.embed_tokens.weight", (VOCABULARY, HIDDEN)
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}."
        yield prefix + "self_attn.q_proj.weight", (HEADS * head, HIDDEN)
        yield prefix + "self_attn.k_proj.weight", (KV_HEADS * head, HIDDEN)
        yield prefix + "self_attn.v_proj.weight", (KV_HEADS * head, HIDDEN)
        yield prefix + "self_attn.o_proj.weight", (HIDDEN, HEADS * head)
        yield prefix + "block_sparse_moe.gate.weight", (EXPERTS, HIDDEN)
        for expert in range(EXPERTS):
            name = f"{prefix}block_sparse_moe.experts.{expert}."
            yield name + "w1.weight", (INTERMEDIATE, HIDDEN)
            yield name + "w2.weight", (HIDDEN, INTERMEDIATE)
            yield name + "w3.weight", (INTERMEDIATE, HIDDEN)
        yield prefix + "input_layernorm.weight", (HIDDEN,)
        yield prefix + "post_attention_layernorm.weight", (HIDDEN,)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (VOCABULARY, HIDDEN)


def values(first, count):
    """The BF16 numbers 2^-48, -2^-48 and on to greater magnitudes, from the one of index `first`."""
    words = ((0x2780 + i // 2) | (i % 2) << 15 for i in range(first, first + count))
    return struct.pack(f"<{count}H", *words)


def shard_bytes(tensors):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape, data in tensors:
        header[name] = {
            "dtype": "BF16",
            "shape": list(shape),
            "data_offsets": [offset, offset + len(data)],
        }
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors)


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "mixtral-tiny"
    folder.mkdir(parents=True, exist_ok=True)

    shards, used, elements = [[]], 0, 0
    for name, shape in shapes():
        count = shape[0] * (shape[1] if len(shape) == 2 else 1)
        data = values(elements, count)
        if used + len(data) > SHARD_BYTES:
            shards.append([])
            used = 0
        shards[-1].append((name, shape, data))
        used += len(data)
        elements += count

    weight_map = {}
    for number, tensors in enumerate(shards, 1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        (folder / file).write_bytes(shard_bytes(tensors))
        weight_map.update((name, file) for name, _, _ in tensors)

    index = {"metadata": {"total_size": 2 * elements}, "weight_map": weight_map}
    for name, document in (
        ("config.json", CONFIG),
        ("generation_config.json", GENERATION_CONFIG),
        ("model.safetensors.index.json", index),
    ):
        (folder / name).write_text(json.dumps(document, indent=2) + "\n")


main()
