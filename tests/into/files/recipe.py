"""recipe.py FOLDER: makes the files of this folder, with torch 2.13.0 and onnx 1.23.2.

A small network with two sets of weights, a and b, exported to ONNX and to TorchScript. What an export of
b holds is what an export of a must hold when it is given the weights of b.
"""

import pathlib
import sys
import zipfile

import onnx
import safetensors.torch
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(4)
        self.ff = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4, bias=False))

    def forward(self, x):
        return x + self.ff(self.norm(x))


class Net(nn.Module):
    """On [batch, time, 4], where Linear layers become MatMul, and then on [batch, 4]: Gemm."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Layer(), Layer()])
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x[:, 0])


class Scripted(nn.Module):
    """Also a buffer, a table that is neither, a tied weight, and one whose axes lie in another order."""

    def __init__(self):
        super().__init__()
        self.net = Net()
        self.conv = nn.Conv2d(2, 3, 2)
        self.tied = nn.Linear(4, 3)
        self.tied.weight = self.net.head.weight
        self.table = torch.arange(8, dtype=torch.float32).reshape(2, 4) / 7
        self.register_buffer("scale", torch.ones(1))

    def forward(self, x, image):
        y = self.net(x + self.table.to(x.dtype)) * self.scale
        return y + self.tied(x[:, 0]) + self.conv(image).mean([2, 3])


def trained(network, seed):
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        parameter.data.copy_(torch.randn(parameter.shape, generator=generator))
    if isinstance(network, Scripted):
        network.scale.fill_(1 + seed / 10)
        network.conv.weight.data = network.conv.weight.data.to(memory_format=torch.channels_last)
    return network.eval()


def export(network, path):
    example = torch.randn(1, 2, 4, generator=torch.Generator().manual_seed(0))
    torch.onnx.export(network, (example,), path, dynamo=False, opset_version=18, input_names=["x"])
    model = onnx.load(path)
    for node in model.graph.node:
        node.doc_string = ""  # the stack of the exporter
    onnx.save(model, path)
    return model


def save(script, path):
    """Without records for debuggers, which hold the paths of sources."""
    script.save(path)
    with zipfile.ZipFile(path) as archive:
        top = archive.namelist()[0].split("/")[0] + "/"
        records = [(name[len(top) :], archive.read(name)) for name in archive.namelist()]
    writer = torch._C.PyTorchFileWriter(path)
    for name, content in records:
        by_writer = name in ("version", "byteorder", ".data/serialization_id")
        if not by_writer and not name.endswith(".debug_pkl"):
            writer.write_record(name, content, len(content))
    writer.write_end_of_file()


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed in (("a", 1), ("b", 2)):
        network = trained(Net(), seed)
        safetensors.torch.save_file(network.state_dict(), folder / f"net_{name}.safetensors")
        model = export(network, str(folder / f"net_{name}.onnx"))
        (folder / f"external_{name}").mkdir(exist_ok=True)
        (folder / f"external_{name}" / "net.data").unlink(missing_ok=True)  # it would be appended to
        onnx.save(
            model,
            folder / f"external_{name}" / "net.onnx",
            save_as_external_data=True,
            location="net.data",
            size_threshold=64,
        )

    # Equal tensors, of which the exporter keeps one.
    torch.manual_seed(3)
    network = Net().eval()
    network.layers[1].ff[2].weight.data.copy_(network.layers[0].ff[2].weight.data)
    safetensors.torch.save_file(network.state_dict(), folder / "merged.safetensors")
    export(network, str(folder / "merged.onnx"))

    # Half floats one by one, as numbers.
    weight = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT16, [2], [1.0, 2.0])
    graph = onnx.helper.make_graph([], "numbers", [], [], [weight])
    onnx.save(onnx.helper.make_model(graph), folder / "numbers.onnx")

    for name, seed in (("a", 1), ("b", 2)):
        network = trained(Scripted(), seed)
        state = {key: value.clone() for key, value in network.state_dict().items()}
        safetensors.torch.save_file(
            {key: value.contiguous() for key, value in state.items()},
            folder / f"scripted_{name}.safetensors",
        )
        if name == "a":
            save(torch.jit.script(network), str(folder / "scripted.zip"))
            save(torch.jit.freeze(torch.jit.script(network)), str(folder / "frozen.zip"))


main()
