"""make_exports.py KIND FOLDER: weights a.pt and b.pt, and exports of a network that has them."""

import json
import pathlib
import sys

import onnx
import torch

from network import example, trained


def make_onnx(folder):
    for name, seed in (("a", 1), ("b", 2)):
        (folder / name).mkdir()
        path = folder / name / "net.onnx"
        torch.onnx.export(
            trained(seed), (example(),), str(path), dynamo=False, opset_version=18, input_names=["x"]
        )
        model = onnx.load(path)
        for node in model.graph.node:
            node.doc_string = ""  # the stack of the exporter
        onnx.save(model, path)
        (folder / f"far_{name}").mkdir()
        outside = {"save_as_external_data": True, "location": "net.data", "size_threshold": 256}
        onnx.save(model, folder / f"far_{name}" / "net.onnx", **outside)


def make_script(folder):
    torch.jit.script(trained(1)).save(str(folder / "script_a.pt"))


def frozen(network):
    return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.script(network)))


def make_frozen(folder):
    for name, seed in (("a", 1), ("b", 2)):
        frozen(trained(seed)).save(str(folder / f"frozen_{name}.pt"))
        frozen(trained(seed).half()).save(str(folder / f"frozen_half_{name}.pt"))
    # Which constant has which weight: by the values of a.
    state = trained(1).state_dict()
    rules = []
    _, constants = torch.jit.load(str(folder / "frozen_a.pt")).code_with_constants
    for name, constant in constants.const_mapping.items():
        for key, value in state.items():
            if torch.equal(value, constant):
                rules.append({"rename": key, "to": f"CONSTANTS.{name}"})
            elif value.dim() == 2 and torch.equal(value.t(), constant):
                rules.append({"from": [key, "o i"], "to": [f"CONSTANTS.{name}", "i o"]})
    assert len(rules) == len(state), f"{len(rules)} constants for {len(state)} weights"
    (folder / "constants.json").write_text(json.dumps({"weft": 1, "stages": [rules]}))


def main():
    folder = pathlib.Path(sys.argv[2])
    for name, seed in (("a", 1), ("b", 2)):
        torch.save(trained(seed).state_dict(), folder / f"{name}.pt")
    {"onnx": make_onnx, "script": make_script, "frozen": make_frozen}[sys.argv[1]](folder)


main()
