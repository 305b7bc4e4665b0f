#!/usr/bin/env python3
"""Makes golden cases of EnCodec with the encodec package and transformers' own conversion script.

usage: make_encodec_case.py FOLDER [NAME...]

For each case the encodec package builds a tiny codec whose tensors have the names of the published
ones; every element gets a value of its own. original.safetensors holds them. The script that
transformers shipped for this conversion (last in 4.47) loads them into transformers' model; hf/ is
what save_pretrained writes of it. The script knows weight norm as torch had it before 2.1, so the
model that it fills is built that way; the model that is saved is not, and takes weight_g and
weight_v under the names that torch gives them now. case.json says which versions did it. With the
versions of requirements.txt the files are the same to the byte from run to run.
"""

import hashlib
import importlib.metadata
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

import safetensors
import safetensors.torch
import torch
import transformers

SCRIPT_VERSION = "4.47.1"
SCRIPT = "transformers/models/encodec/convert_encodec_checkpoint_to_pytorch.py"
WIDTH, FILTERS, CODES = 8, 2, 16

# Name → options of the encodec package, options of transformers' config, number of quantizers.
CASES = {
    "encodec_24khz": (
        {"channels": 1, "causal": True, "norm": "weight_norm", "ratios": [8, 5, 4, 2]},
        {"sampling_rate": 24_000, "target_bandwidths": [0.6, 1.2, 2.4, 4.8, 9.6]},
        32,
    ),
    "encodec_32khz": (
        {
            "channels": 1,
            "causal": False,
            "norm": "weight_norm",
            "ratios": [8, 5, 4, 4],
            "true_skip": True,
        },
        {
            "sampling_rate": 32_000,
            "target_bandwidths": [0.8],
            "upsampling_ratios": [8, 5, 4, 4],
            "use_causal_conv": False,
            "use_conv_shortcut": False,
        },
        4,
    ),
    "encodec_48khz": (
        {"channels": 2, "causal": False, "norm": "time_group_norm", "ratios": [8, 5, 4, 2]},
        {
            "sampling_rate": 48_000,
            "target_bandwidths": [1.2, 2.4, 4.8, 9.6],
            "audio_channels": 2,
            "use_causal_conv": False,
            "norm_type": "time_group_norm",
            "normalize": True,
            "chunk_length_s": 1.0,
            "overlap": 0.01,
        },
        16,
    ),
}


def original_tensors(options, quantizers):
    # The package imports torchaudio, which it needs for audio files only.
    sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))
    import encodec.modules
    import encodec.quantization

    sizes = {"dimension": WIDTH, "n_filters": FILTERS}
    model = torch.nn.Module()
    model.encoder = encodec.modules.SEANetEncoder(**options, **sizes)
    model.decoder = encodec.modules.SEANetDecoder(**options, **sizes)
    model.quantizer = encodec.quantization.ResidualVectorQuantizer(
        dimension=WIDTH, n_q=quantizers, bins=CODES
    )
    tensors, first = {}, 1
    for name, tensor in model.state_dict().items():
        count = tensor.numel()
        values = (
            torch.arange(first, first + count, dtype=torch.float64).reshape(tensor.shape) / 2**16
        )
        tensors[name] = values.to(tensor.dtype)
        first += count
    assert first < 2**24, "beyond what float32 tells apart"
    return tensors


def conversion_script(folder):
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
    subprocess.run([*command, f"transformers=={SCRIPT_VERSION}"], check=True)
    (wheel,) = pathlib.Path(folder).glob("transformers-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        path = pathlib.Path(archive.extract(SCRIPT, folder))
    spec = importlib.util.spec_from_file_location("conversion_script", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    transformers.logging.set_verbosity_error()  # the script raises it
    return script, hashlib.sha256(path.read_bytes()).hexdigest()


def converted_model(script, name, config, tensors):
    current = torch.nn.utils.parametrizations.weight_norm
    del torch.nn.utils.parametrizations.weight_norm
    try:
        filled = transformers.EncodecModel(config)
    finally:
        torch.nn.utils.parametrizations.weight_norm = current
    with torch.no_grad():
        script.recursively_load_weights(tensors, filled, name)
    spellings = {
        "weight_g": "parametrizations.weight.original0",
        "weight_v": "parametrizations.weight.original1",
    }
    state = {}
    for key, value in filled.state_dict().items():
        stem, _, leaf = key.rpartition(".")
        state[f"{stem}.{spellings.get(leaf, leaf)}"] = value
    model = transformers.EncodecModel(config)
    model.load_state_dict(state, strict=True)
    return model


def make(name, folder, script, script_sha256):
    original_options, config_options, quantizers = CASES[name]
    config = transformers.EncodecConfig(
        num_filters=FILTERS,
        hidden_size=WIDTH,
        codebook_dim=WIDTH,
        codebook_size=CODES,
        **config_options,
    )
    tensors = original_tensors(original_options, quantizers)
    model = converted_model(script, name, config, tensors)
    values = sorted(value.numpy().tobytes() for value in tensors.values())
    assert values == sorted(
        value.numpy().tobytes() for value in model.state_dict().values()
    ), "a tensor was lost"

    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder / "hf")
    safetensors.torch.save_file(tensors, folder / "original.safetensors")
    files = ("hf/config.json", "hf/model.safetensors", "original.safetensors")
    versions = {"python": platform.python_version()}
    for package in ("einops", "encodec", "safetensors", "torch", "transformers"):
        versions[package] = importlib.metadata.version(package)
    case = {
        "recipe": "recipes/make_encodec_case.py",
        "source": "original.safetensors: the state_dict of the encodec package's modules",
        "expected": "hf: transformers' model, filled by its conversion script and saved",
        "script": {"transformers": SCRIPT_VERSION, "path": SCRIPT, "sha256": script_sha256},
        "tensors": {"source": len(tensors), "expected": len(model.state_dict())},
        "versions": versions,
        "sha256": {
            file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in files
        },
    }
    (folder / "case.json").write_text(json.dumps(case, indent=2) + "\n")
    print(f"{name}: {len(tensors)} tensors")


def main():
    folder = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        script, script_sha256 = conversion_script(scratch)
        for name in sys.argv[2:] or CASES:
            make(name, folder / name, script, script_sha256)


main()
