"""compare_mindspore.py (CKPT EXPECTED.safetensors)...: MindSpore reads each checkpoint as what is expected."""

import pathlib
import sys

from mindspore_values import read_checkpoint
from tensor_files import compare, read_safetensors

for checkpoint, expected in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    compare(read_checkpoint(checkpoint), read_safetensors(pathlib.Path(expected)), expected)
