"""make_checkpoint.py KIND FOLDER: writes a checkpoint with the names and shapes of a real model.

KIND is mixtral (189 tensors, 4.3 GiB) or qwen2_moe (4,659 tensors, 6.5 GiB). The elements are BF16
with random bits, finite, other ones in every tensor; the same from run to run.
"""

import json
import math
import pathlib
import struct
import sys

import numpy

SHARD_BYTES = 2 << 30


def mixtral():
    hidden, intermediate, layers, experts, heads, kv_heads, vocabulary = 2048, 7168, 6, 8, 16, 4, 32000
    kv = kv_heads * hidden // heads
    shapes = {
        "model.embed_tokens.weight": (vocabulary, hidden),
        "lm_head.weight": (vocabulary, hidden),
        "model.norm.weight": (hidden,),
    }
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        shapes[prefix + "input_layernorm.weight"] = (hidden,)
        shapes[prefix + "post_attention_layernorm.weight"] = (hidden,)
        for name, rows in (("q", hidden), ("k", kv), ("v", kv), ("o", hidden)):
            shapes[f"{prefix}self_attn.{name}_proj.weight"] = (rows, hidden)
        shapes[prefix + "block_sparse_moe.gate.weight"] = (experts, hidden)
        for expert in range(experts):
            name = f"{prefix}block_sparse_moe.experts.{expert}."
            shapes[name + "w1.weight"] = (intermediate, hidden)
            shapes[name + "w3.weight"] = (intermediate, hidden)
            shapes[name + "w2.weight"] = (hidden, intermediate)
    config = {
        "architectures": ["MixtralForCausalLM"],
        "model_type": "mixtral",
        "hidden_size": hidden,
        "intermediate_size": intermediate,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "num_local_experts": experts,
        "num_experts_per_tok": 2,
        "vocab_size": vocabulary,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    }
    return shapes, config


def qwen2_moe():
    hidden, expert_size, layers, experts, heads, vocabulary, shared = 1024, 704, 24, 60, 16, 32000, 2816
    shapes = {
        "model.embed_tokens.weight": (vocabulary, hidden),
        "lm_head.weight": (vocabulary, hidden),
        "model.norm.weight": (hidden,),
    }
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        shapes[prefix + "input_layernorm.weight"] = (hidden,)
        shapes[prefix + "post_attention_layernorm.weight"] = (hidden,)
        for name in "qkv":
            shapes[f"{prefix}self_attn.{name}_proj.weight"] = (hidden, hidden)
            shapes[f"{prefix}self_attn.{name}_proj.bias"] = (hidden,)
        shapes[prefix + "self_attn.o_proj.weight"] = (hidden, hidden)
        shapes[prefix + "mlp.gate.weight"] = (experts, hidden)
        shapes[prefix + "mlp.shared_expert_gate.weight"] = (1, hidden)
        sizes = [("shared_expert.", shared)]
        sizes += [(f"experts.{expert}.", expert_size) for expert in range(experts)]
        for name, size in sizes:
            shapes[f"{prefix}mlp.{name}gate_proj.weight"] = (size, hidden)
            shapes[f"{prefix}mlp.{name}up_proj.weight"] = (size, hidden)
            shapes[f"{prefix}mlp.{name}down_proj.weight"] = (hidden, size)
    config = {
        "architectures": ["Qwen2MoeForCausalLM"],
        "model_type": "qwen2_moe",
        "hidden_size": hidden,
        "intermediate_size": shared,
        "moe_intermediate_size": expert_size,
        "shared_expert_intermediate_size": shared,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "num_experts": experts,
        "num_experts_per_tok": 4,
        "decoder_sparse_step": 1,
        "mlp_only_layers": [],
        "vocab_size": vocabulary,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    }
    return shapes, config


def shards(shapes):
    """Cuts the tensors into files, in their order."""
    files, used = [{}], 0
    for name, shape in shapes.items():
        size = 2 * math.prod(shape)
        if used + size > SHARD_BYTES and files[-1]:
            files.append({})
            used = 0
        files[-1][name] = shape
        used += size
    return files


def write_shard(path, shapes, random):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shapes.items():
        end = offset + 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for shape in shapes.values():
            count = math.prod(shape)
            bits = random.integers(0, 1 << 64, -(-count // 4), dtype=numpy.uint64)
            bits &= numpy.uint64(0xBFFF_BFFF_BFFF_BFFF)  # of magnitudes below 2, so finite
            file.write(bits.view(numpy.uint16)[:count].data)


def main():
    kind, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    shapes, config = {"mixtral": mixtral, "qwen2_moe": qwen2_moe}[kind]()
    folder.mkdir(parents=True)
    random = numpy.random.Generator(numpy.random.SFC64(len(shapes)))
    files = shards(shapes)
    weight_map = {}
    for number, part in enumerate(files, 1):
        name = f"model-{number:05}-of-{len(files):05}.safetensors"
        write_shard(folder / name, part, random)
        weight_map.update(dict.fromkeys(part, name))
    total = sum(2 * math.prod(shape) for shape in shapes.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text(json.dumps(config))


main()
