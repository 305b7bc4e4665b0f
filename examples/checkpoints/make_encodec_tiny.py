#!/usr/bin/env python3
"""Writes the checkpoint encodec-tiny beside this file (or into the folder given), always the same bytes.

It has the tensor names of the original release of EnCodec at 24 kHz and toy sizes: one filter instead
of 32, a dimension of 4 instead of 128, two quantizers instead of 32.
"""

import json
import pathlib
import struct
import sys

FILTERS, DIMENSION, RATIOS, KERNEL, LAST_KERNEL = 1, 4, (8, 5, 4, 2), 7, 7
QUANTIZERS, CODES = 2, 4

CONFIG = {
    "audio_channels": 1,
    "codebook_dim": DIMENSION,
    "codebook_size": CODES,
    "hidden_size": DIMENSION,
    "model_type": "encodec",
    "norm_type": "weight_norm",
    "num_filters": FILTERS,
    "sampling_rate": 24000,
    "upsampling_ratios": list(RATIOS),
}


def conv(name, out, inputs, kernel):
    """A convolution with weight norm: the length of each filter, and its direction."""
    yield name + ".weight_g", (out, 1, 1)
    yield name + ".weight_v", (out, inputs, kernel)
    yield name + ".bias", (out,)


def transposed(name, inputs, out, kernel):
    yield name + ".weight_g", (inputs, 1, 1)
    yield name + ".weight_v", (inputs, out, kernel)
    yield name + ".bias", (out,)


def residual(name, size):
    hidden = max(size // 2, 1)
    yield from conv(name + ".block.1.conv.conv", hidden, size, 3)
    yield from conv(name + ".block.3.conv.conv", size, hidden, 1)
    yield from conv(name + ".shortcut.conv.conv", size, size, 1)


def lstm(name, size):
    for layer in range(2):
        yield f"{name}.lstm.weight_ih_l{layer}", (4 * size, size)
        yield f"{name}.lstm.weight_hh_l{layer}", (4 * size, size)
        yield f"{name}.lstm.bias_ih_l{layer}", (4 * size,)
        yield f"{name}.lstm.bias_hh_l{layer}", (4 * size,)


def shapes():
    """Yields (name, shape) in the order of the model's modules."""
    size = FILTERS
    yield from conv("encoder.model.0.conv.conv", size, 1, KERNEL)
    for block, ratio in enumerate(reversed(RATIOS)):
        yield from residual(f"encoder.model.{3 * block + 1}", size)
        yield from conv(f"encoder.model.{3 * block + 3}.conv.conv", 2 * size, size, 2 * ratio)
        size *= 2
    yield from lstm("encoder.model.13", size)
    yield from conv("encoder.model.15.conv.conv", DIMENSION, size, LAST_KERNEL)

    yield from conv("decoder.model.0.conv.conv", size, DIMENSION, KERNEL)
    yield from lstm("decoder.model.1", size)
    for block, ratio in enumerate(RATIOS):
        name = f"decoder.model.{3 * block + 3}.convtr.convtr"
        yield from transposed(name, size, size // 2, 2 * ratio)
        size //= 2
        yield from residual(f"decoder.model.{3 * block + 4}", size)
    yield from conv("decoder.model.15.conv.conv", 1, size, LAST_KERNEL)

    for quantizer in range(QUANTIZERS):
        name = f"quantizer.vq.layers.{quantizer}._codebook."
        yield name + "inited", (1,)
        yield name + "cluster_size", (CODES,)
        yield name + "embed", (CODES, DIMENSION)
        yield name + "embed_avg", (CODES, DIMENSION)


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "encodec-tiny"
    folder.mkdir(parents=True, exist_ok=True)

    header, data = {}, b""
    for name, shape in shapes():
        count = 1
        for size in shape:
            count *= size
        first = len(data) // 4
        begin = len(data)
        data += struct.pack(f"<{count}f", *range(first, first + count))
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")


main()
