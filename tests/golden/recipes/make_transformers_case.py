#!/usr/bin/env python3
"""Makes golden cases of the models of transformers_models.py with the transformers library.

usage: make_transformers_case.py FOLDER [NAME...]

For each case a tiny model is built from its config class, every element of it gets a value of its
own, and the library saves it as such models are published (src/) and loads it again;
expected.safetensors is the state_dict of what was loaded. case.json says which versions did it.
With the versions of requirements.txt the files are the same to the byte from run to run.
"""

import copy
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
import transformers.conversion_mapping

import transformers_models


def fill(model):
    """Gives every element of every saved tensor a value that no other has."""
    first = 1
    with torch.no_grad():
        for tensor in model.state_dict().values():
            count = tensor.numel()
            values = torch.arange(first, first + count, dtype=torch.float64).reshape(tensor.shape)
            tensor.copy_(values / 2**16 if tensor.is_floating_point() else values)
            first += count
    assert first < 2**24, "beyond what float32 tells apart"


def build(name):
    """The class of the case's model and its config, as keyword arguments and as an object."""
    if name in transformers_models.LANGUAGE_MODELS:
        prefix, options = transformers_models.LANGUAGE_MODELS[name]
        suffix, options = "ForCausalLM", {**transformers_models.DENSE, **options}
    else:
        prefix, suffix, options = transformers_models.COMPOSED_MODELS[name]
    module_name = transformers_models.MODULES.get(name, name)
    module = importlib.import_module(f"transformers.models.{module_name}")
    config_class = getattr(module, transformers_models.CONFIGS.get(name, f"{prefix}Config"))
    return getattr(module, prefix + suffix), options, config_class(**copy.deepcopy(options))


def make(name, folder):
    model_class, options, config = build(name)
    model = model_class(config).eval()
    fill(model)
    # By default a model that was not loaded is saved without the prefixes that published files have.
    model._weight_conversions = transformers.conversion_mapping.get_model_conversion_mapping(
        model, add_legacy=False
    )

    shutil.rmtree(folder, ignore_errors=True)
    source = folder / "src"
    model.save_pretrained(source)
    (source / "generation_config.json").unlink(missing_ok=True)
    again = model_class.from_pretrained(source, dtype=torch.float32)
    loaded = again.state_dict()
    wanted = model.state_dict()
    assert loaded.keys() == wanted.keys()
    assert all(
        torch.equal(loaded[key], wanted[key]) for key in wanted
    ), "the library's own round trip differs"
    if config.get_text_config().tie_word_embeddings:
        for key in again.all_tied_weights_keys:
            del loaded[key]
    safetensors.torch.save_file(
        {key: value.contiguous() for key, value in loaded.items()}, folder / "expected.safetensors"
    )

    with safetensors.safe_open(source / "model.safetensors", "pt") as published:
        published_count = len(published.keys())
    files = ("expected.safetensors", "src/config.json", "src/model.safetensors")
    case = {
        "recipe": "recipes/make_transformers_case.py",
        "class": model_class.__name__,
        "config": options,
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
    every = (*transformers_models.LANGUAGE_MODELS, *transformers_models.COMPOSED_MODELS)
    for name in sys.argv[2:] or every:
        make(name, folder / name)


main()
