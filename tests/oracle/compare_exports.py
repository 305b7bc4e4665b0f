"""compare_exports.py KIND FOLDER: what weft wrote is what an export of the weights would be."""

import pathlib
import sys
import zipfile

import onnx
import onnxruntime
import torch

from network import example, trained


def compare_onnx(folder):
    assert (folder / "out/net.onnx").read_bytes() == (folder / "b/net.onnx").read_bytes()
    for name in ("net.onnx", "net.data"):
        assert (folder / "far" / name).read_bytes() == (folder / "far_b" / name).read_bytes(), name
    outputs = []
    for path in (folder / "out/net.onnx", folder / "far/net.onnx", folder / "b/net.onnx"):
        onnx.checker.check_model(str(path), full_check=True)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        outputs.append(session.run(None, {"x": example().numpy()})[0])
    assert (outputs[0] == outputs[2]).all() and (outputs[1] == outputs[2]).all()
    expected = trained(2)(example()).detach().numpy()
    assert abs(outputs[0] - expected).max() < 1e-4


def check_zip(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None, f"{path.name}: a checksum is wrong"


def compare_script(folder):
    for name, cast in (("single.pt", torch.float32), ("half.pt", torch.float16)):
        check_zip(folder / name)
        loaded = torch.jit.load(str(folder / name))
        expected = trained(2).to(cast)
        assert loaded.table.dtype == torch.float32
        state = loaded.state_dict()
        assert state.keys() == expected.state_dict().keys()
        for key, value in expected.state_dict().items():
            assert state[key].dtype == cast and torch.equal(state[key], value), key
        with torch.no_grad():
            assert torch.equal(loaded(example().to(cast)), torch.jit.script(expected)(example().to(cast)))


def compare_frozen(folder):
    for weights in ("a", "b"):
        for kind, official, cast in (
            ("single", f"frozen_{weights}.pt", torch.float32),
            ("half", f"frozen_half_{weights}.pt", torch.float16),
        ):
            path = folder / f"{kind}_{weights}.pt"
            check_zip(path)
            with torch.no_grad():
                got = torch.jit.load(str(path))(example().to(cast))
                expected = torch.jit.load(str(folder / official))(example().to(cast))
            assert got.dtype == cast and torch.equal(got, expected), path.name


def main():
    compare = {"onnx": compare_onnx, "script": compare_script, "frozen": compare_frozen}
    compare[sys.argv[1]](pathlib.Path(sys.argv[2]))


main()
