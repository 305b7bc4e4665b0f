"""compare_with_transformers.py SOURCE CONVERTED: what weft made of SOURCE is what transformers loads."""

import pathlib
import sys

import safetensors
import torch
import transformers


def main():
    source, converted = map(pathlib.Path, sys.argv[1:3])
    model = transformers.AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16)
    expected = model.state_dict()
    seen = set()
    for path in sorted(converted.glob("*.safetensors")):
        with safetensors.safe_open(path, framework="pt") as file:
            for name in file.keys():
                assert name in expected, f"{name} is not in the state dict"
                assert name not in seen, f"{name} is in two files"
                seen.add(name)
                got, wanted = file.get_tensor(name), expected[name]
                assert got.dtype == wanted.dtype == torch.bfloat16, f"{name}: {got.dtype}"
                assert got.shape == wanted.shape, f"{name}: {got.shape}, expected {wanted.shape}"
                bits = got.view(torch.int16), wanted.view(torch.int16)
                assert torch.equal(*bits), f"{name} differs"
    assert seen == expected.keys(), sorted(expected.keys() - seen)[:10]
    assert seen


main()
