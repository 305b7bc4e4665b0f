"""Exports of a network, written with other weights: torch, onnx and onnxruntime take them for exports of these."""

from program import script, weft


def check_onnx(scratch):
    script("make_exports.py", "onnx", scratch)
    weft("convert", scratch / "b.pt", scratch / "out/net.onnx", "--into", scratch / "a/net.onnx")
    weft("convert", scratch / "b.pt", scratch / "far/net.onnx", "--into", scratch / "far_a/net.onnx")
    script("compare_exports.py", "onnx", scratch)


def check_script(scratch):
    script("make_exports.py", "script", scratch)
    for options, name in (([], "single.pt"), (["--dtype", "F16"], "half.pt")):
        weft("convert", scratch / "b.pt", scratch / name, "--into", scratch / "script_a.pt", *options)
    script("compare_exports.py", "script", scratch)


def check_frozen(scratch):
    script("make_exports.py", "frozen", scratch)
    constants = ["--into", scratch / "frozen_a.pt", "--map", scratch / "constants.json"]
    for weights in ("a", "b"):
        for options, kind in (([], "single"), (["--dtype", "F16"], "half")):
            out = scratch / f"{kind}_{weights}.pt"
            weft("convert", scratch / f"{weights}.pt", out, *constants, *options)
    script("compare_exports.py", "frozen", scratch)


def checks():
    yield "exports: an ONNX model with other weights is a fresh export, inside and outside", check_onnx
    yield "exports: a scripted module with other weights gives what the module gives", check_script
    yield "exports: a frozen module with other weights gives what its own export gives", check_frozen
