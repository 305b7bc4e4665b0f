#!/usr/bin/env python3
"""Makes golden cases of Gemma, Gemma 2 and InternVL with transformers' own conversion scripts.

usage: make_script_case.py [--internvl-script FILE] FOLDER [NAME...]

For each case a tiny checkpoint by the names of the original release is made, and the function
write_model of the script converts it. The class of the model that the script fills is replaced by
one that keeps what it is given: that is what expected.safetensors holds. The scripts of Gemma come
with transformers 4.47; that of InternVL was never part of a package, so FILE is
src/transformers/models/internvl/convert_internvl_weights_to_hf.py of transformers' repository, at
the tag v4.57.3. It loads its input by code from the hub; the reader that stands in for it casts as
that code does. expected_nocast.safetensors is made by a reader that does not cast. case.json says
which versions did it. With those the files are the same to the byte from run to run.
"""

import argparse
import hashlib
import importlib.util
import json
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import types
import zipfile

import safetensors.torch
import torch
import transformers

SCRIPT_VERSION = "4.47.1"
LAYERS, HIDDEN, FEED_FORWARD, VOCABULARY = 2, 12, 20, 24
VISION_HIDDEN, VISION_FEED_FORWARD = 8, 12

# Name → model, heads for queries, heads for keys and values.
GEMMA_CASES = {
    "gemma_mqa": ("gemma", 4, 1),
    "gemma_mha": ("gemma", 4, 4),
    "gemma2_gqa": ("gemma2", 4, 2),
}
HEAD_SIZE = 8  # more, over all heads, than the hidden size

# Name → language model, heads for keys and values, dtype, norms of queries and keys.
INTERNVL_CASES = {
    "internvl_qwen2": ("qwen2", 2, torch.bfloat16, True),
    "internvl_internlm2": ("internlm2", 2, torch.float32, False),
    "internvl_internlm2_mqa1": ("internlm2", 1, torch.float32, False),
}
HEADS = 4


class Converted(Exception):
    """Ends a script where it has what it would fill its model with."""

    def __init__(self, tensors):
        super().__init__("converted")
        self.tensors = tensors


class Recorder:
    """Stands in for the class of the model."""

    def __init__(self, config):
        pass

    def load_state_dict(self, tensors, **options):
        raise Converted(dict(tensors))


def filled(shapes, dtype):
    """Tensors of these shapes; no two elements have one value."""
    tensors, first = {}, 1
    for name, shape in shapes.items():
        count = torch.Size(shape).numel()
        values = torch.arange(first, first + count, dtype=torch.int64).reshape(shape)
        if dtype == torch.bfloat16:
            tensors[name] = values.to(torch.int16).view(torch.bfloat16)
        else:
            tensors[name] = (values.to(torch.float64) / 2**16).to(dtype)
        first += count
    assert first < (0x7F80 if dtype == torch.bfloat16 else 2**24)
    return tensors


def load_script(path):
    spec = importlib.util.spec_from_file_location("conversion_script", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def packaged_script(model, folder):
    name = f"transformers/models/{model}/convert_{model}_weights_to_hf.py"
    if not list(folder.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
        subprocess.run([*command, folder, f"transformers=={SCRIPT_VERSION}"], check=True)
    (wheel,) = folder.glob("transformers-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return pathlib.Path(archive.extract(name, folder))


def gemma_shapes(model, heads, kv_heads):
    shapes = {"embedder.weight": [VOCABULARY, HIDDEN], "model.norm.weight": [HIDDEN]}
    norms = ["input_layernorm", "post_attention_layernorm"]
    if model == "gemma2":
        norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}"
        rows = (heads + 2 * kv_heads) * HEAD_SIZE
        shapes[f"{prefix}.self_attn.qkv_proj.weight"] = [rows, HIDDEN]
        shapes[f"{prefix}.self_attn.o_proj.weight"] = [HIDDEN, heads * HEAD_SIZE]
        for name in ("gate_proj", "up_proj"):
            shapes[f"{prefix}.mlp.{name}.weight"] = [FEED_FORWARD, HIDDEN]
        shapes[f"{prefix}.mlp.down_proj.weight"] = [HIDDEN, FEED_FORWARD]
        for name in norms:
            shapes[f"{prefix}.{name}.weight"] = [HIDDEN]
    return shapes


def make_gemma(name, folder, scratch):
    model, heads, kv_heads = GEMMA_CASES[name]
    prefix = {"gemma": "Gemma", "gemma2": "Gemma2"}[model]
    # The script builds its model without memory by this package; the recorder needs none.
    accelerate = types.ModuleType("accelerate")
    accelerate.init_empty_weights = lambda: torch.device("meta")
    sys.modules.setdefault("accelerate", accelerate)
    path = packaged_script(model, scratch)
    script = load_script(path)
    setattr(script, f"{prefix}ForCausalLM", Recorder)
    config = getattr(transformers, f"{prefix}Config")(
        vocab_size=VOCABULARY,
        hidden_size=HIDDEN,
        intermediate_size=FEED_FORWARD,
        num_hidden_layers=LAYERS,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        head_dim=HEAD_SIZE,
        architectures=[f"{prefix}ForCausalLM"],
    )
    source = filled(gemma_shapes(model, heads, kv_heads), torch.float32)
    angles = torch.arange(8 * HEAD_SIZE // 2).reshape(8, HEAD_SIZE // 2) / 8
    source["freqs_cis"] = torch.polar(torch.ones_like(angles), angles)
    torch.save({"model_state_dict": dict(source)}, scratch / "model.ckpt")
    # The script of 4.47 loads by the default of its time.
    script.torch.load = lambda *arguments, load=torch.load, **options: load(
        *arguments, **{"weights_only": True, **options}
    )
    try:
        script.write_model(scratch / "out", scratch / "model.ckpt", config)
    except Converted as converted:
        expected = converted.tensors

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    safetensors.torch.save_file(source, folder / "src.safetensors")
    # The embedding and the head are one tensor here, and two in the file.
    expected["lm_head.weight"] = expected["lm_head.weight"].clone()
    safetensors.torch.save_file(expected, folder / "expected.safetensors")
    (folder / "config.json").write_text(json.dumps(config.to_dict(), indent=2) + "\n")
    files = ("config.json", "expected.safetensors", "src.safetensors")
    script_name = f"{path.name} of transformers {SCRIPT_VERSION}"
    write_case(folder, files, script_name, path, len(source), len(expected))


def internvl_shapes(language_model, kv_heads, with_norms):
    shapes = {
        "vision_model.embeddings.class_embedding": [1, 1, VISION_HIDDEN],
        "vision_model.embeddings.patch_embedding.weight": [VISION_HIDDEN, 3, 2, 2],
        "vision_model.embeddings.patch_embedding.bias": [VISION_HIDDEN],
        "vision_model.embeddings.position_embedding": [1, 5, VISION_HIDDEN],
    }
    for layer in range(LAYERS):
        prefix = f"vision_model.encoder.layers.{layer}"
        for name in ("ls1", "ls2"):
            shapes[f"{prefix}.{name}"] = [VISION_HIDDEN]
        for name, rows, columns in (
            ("attn.qkv", 3 * VISION_HIDDEN, VISION_HIDDEN),
            ("attn.proj", VISION_HIDDEN, VISION_HIDDEN),
            ("mlp.fc1", VISION_FEED_FORWARD, VISION_HIDDEN),
            ("mlp.fc2", VISION_HIDDEN, VISION_FEED_FORWARD),
        ):
            shapes[f"{prefix}.{name}.weight"] = [rows, columns]
            shapes[f"{prefix}.{name}.bias"] = [rows]
        for name in ("norm1", "norm2"):
            shapes[f"{prefix}.{name}.weight"] = [VISION_HIDDEN]
            shapes[f"{prefix}.{name}.bias"] = [VISION_HIDDEN]
        if with_norms:
            for name in ("q_norm", "k_norm"):
                shapes[f"{prefix}.attn.{name}.weight"] = [VISION_HIDDEN]
    for index, shape in (
        (0, [4 * VISION_HIDDEN]),
        (1, [HIDDEN, 4 * VISION_HIDDEN]),
        (3, [HIDDEN, HIDDEN]),
    ):
        shapes[f"mlp1.{index}.weight"] = shape
        shapes[f"mlp1.{index}.bias"] = shape[:1]

    head_size = HIDDEN // HEADS
    qwen2 = language_model == "qwen2"
    shapes["language_model.model.norm.weight"] = [HIDDEN]
    shapes["language_model." + ("lm_head" if qwen2 else "output") + ".weight"] = [
        VOCABULARY,
        HIDDEN,
    ]
    embedding = "embed_tokens" if qwen2 else "tok_embeddings"
    shapes[f"language_model.model.{embedding}.weight"] = [VOCABULARY, HIDDEN]
    for layer in range(LAYERS):
        prefix = f"language_model.model.layers.{layer}"
        if qwen2:
            for name, rows in (
                ("q", HIDDEN),
                ("k", kv_heads * head_size),
                ("v", kv_heads * head_size),
            ):
                shapes[f"{prefix}.self_attn.{name}_proj.weight"] = [rows, HIDDEN]
                shapes[f"{prefix}.self_attn.{name}_proj.bias"] = [rows]
            output, feed_forward = "self_attn.o_proj", ("gate_proj", "up_proj", "down_proj")
            feed_forward = [f"mlp.{name}" for name in feed_forward]
            norms = ("input_layernorm", "post_attention_layernorm")
        else:
            rows = (HEADS + 2 * kv_heads) * head_size
            shapes[f"{prefix}.attention.wqkv.weight"] = [rows, HIDDEN]
            output = "attention.wo"
            feed_forward = [f"feed_forward.{name}" for name in ("w1", "w3", "w2")]
            norms = ("attention_norm", "ffn_norm")
        shapes[f"{prefix}.{output}.weight"] = [HIDDEN, HIDDEN]
        for name in feed_forward[:2]:
            shapes[f"{prefix}.{name}.weight"] = [FEED_FORWARD, HIDDEN]
        shapes[f"{prefix}.{feed_forward[2]}.weight"] = [HIDDEN, FEED_FORWARD]
        for name in norms:
            shapes[f"{prefix}.{name}.weight"] = [HIDDEN]
    return shapes


def internvl_config(language_model, kv_heads, with_norms):
    architecture = {"qwen2": "Qwen2ForCausalLM", "internlm2": "InternLM2ForCausalLM"}
    return {
        "architectures": ["InternVLChatModel"],
        "model_type": "internvl_chat",
        "llm_config": {
            "architectures": [architecture[language_model]],
            "model_type": language_model,
            "hidden_size": HIDDEN,
            "intermediate_size": FEED_FORWARD,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "num_key_value_heads": kv_heads,
            "vocab_size": VOCABULARY,
        },
        "vision_config": {
            "architectures": ["InternVisionModel"],
            "model_type": "intern_vit_6b",
            "hidden_size": VISION_HIDDEN,
            "intermediate_size": VISION_FEED_FORWARD,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": 2,
            "image_size": 4,
            "patch_size": 2,
            "qk_normalization": with_norms,
            "qkv_bias": True,
        },
    }


class Part:
    """One part of a config, as the script asks for it."""

    def __init__(self, fields):
        self.fields = fields
        self.architectures = fields["architectures"]

    def to_dict(self):
        return dict(self.fields)


def reader(tensors, config, casts):
    """Stands in for the hub's code: a class whose models have these tensors and this config."""

    class Reader:
        @classmethod
        def from_pretrained(cls, path, dtype=torch.float32, **options):
            model = cls()
            model.dtype = dtype
            model.config = types.SimpleNamespace(
                llm_config=Part(config["llm_config"]), vision_config=Part(config["vision_config"])
            )
            return model

        def eval(self):
            return self

        def state_dict(self):
            return {
                name: tensor.to(self.dtype) if casts else tensor for name, tensor in tensors.items()
            }

    return Reader


def make_internvl(name, folder, path, scratch):
    language_model, kv_heads, dtype, with_norms = INTERNVL_CASES[name]
    source = filled(internvl_shapes(language_model, kv_heads, with_norms), dtype)
    config = internvl_config(language_model, kv_heads, with_norms)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "src").mkdir(parents=True)
    safetensors.torch.save_file(source, folder / "src/model.safetensors")
    (folder / "src/config.json").write_text(json.dumps(config, indent=2) + "\n")
    files = ["src/config.json", "src/model.safetensors"]
    outputs = {"expected.safetensors": True}
    if dtype != torch.bfloat16:
        outputs["expected_nocast.safetensors"] = False
    for file, casts in outputs.items():
        script = load_script(path)
        script.AutoModel = reader(source, config, casts)
        script.InternVLForConditionalGeneration = Recorder
        # One branch of the script asks this table even for what is not in it.
        script.LM_TYPE_CORRESPONDENCE["src"] = "qwen2" if language_model == "qwen2" else "llama"
        try:
            script.write_model(str(scratch / "out"), "src")
        except Converted as converted:
            expected = {key: value.contiguous() for key, value in converted.tensors.items()}
        safetensors.torch.save_file(expected, folder / file)
        files.append(file)
    write_case(
        folder, files, f"{path.name} of transformers 4.57.3", path, len(source), len(expected)
    )


def write_case(folder, files, script_name, script_path, source_count, expected_count):
    case = {
        "recipe": "recipes/make_script_case.py",
        "script": {
            "name": script_name,
            "sha256": hashlib.sha256(script_path.read_bytes()).hexdigest(),
        },
        "tensors": {"source": source_count, "expected": expected_count},
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
    print(f"{folder.name}: {source_count} -> {expected_count} tensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--internvl-script", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for name in arguments.names or (*GEMMA_CASES, *INTERNVL_CASES):
            folder = arguments.folder / name
            if name in GEMMA_CASES:
                make_gemma(name, folder, pathlib.Path(scratch))
            elif arguments.internvl_script is None:
                parser.error(f"{name} needs --internvl-script")
            else:
                make_internvl(name, folder, arguments.internvl_script, pathlib.Path(scratch))


main()
