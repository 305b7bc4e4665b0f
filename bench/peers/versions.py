"""The versions of the libraries of the peers."""

import json
import platform

import safetensors
import torch
import transformers

print(
    json.dumps(
        {
            "Python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "safetensors": safetensors.__version__,
        }
    )
)
