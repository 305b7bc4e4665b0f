"""The shared golden cases, both ways, as the safetensors library reads the results.

WEFT_GOLDEN names the folder of the cases; without it there is nothing to compare.
"""

import functools
import os
import pathlib

import safetensors
from program import script, weft

# Model type → the mapping whose rules are its.
TRANSFORMERS = {
    "mixtral": "mixtral",
    "minimax": "mixtral",
    "qwen2_moe": "qwen2_moe",
    "qwen3_moe": "qwen2_moe",
    "deepseek_v2": "qwen2_moe",
    "deepseek_v3": "qwen2_moe",
    "olmoe": "qwen2_moe",
    "glm4_moe": "qwen2_moe",
    "deepseek_v32": "qwen2_moe",
    "glm4_moe_lite": "qwen2_moe",
    "glm4v_moe": "qwen2_moe",
    "qwen3_next": "qwen2_moe",
    "qwen3_omni_moe_text": "qwen2_moe",
    "beam": "qwen2_moe",
    "axk1": "axk1",
    "axk2": "axk2",
    "ernie4_5_moe": "ernie4_5_moe",
    "granitemoe": "granitemoe",
    "granitemoeshared": "granitemoe",
    "granitemoehybrid": "granitemoe",
    "jamba": "jamba",
    "laguna": "laguna",
    "lfm2_moe": "lfm2_moe",
    "longcat_flash": "longcat_flash",
    "phimoe": "phimoe",
    "qwen3_5_moe_text": "qwen3_5_moe_text",
    "qwen2_5_omni_thinker": "qwen2_5_omni_thinker",
    "qwen3_omni_moe_thinker": "qwen3_omni_moe_thinker",
    "internvl": "internvl",
    "gemma3": "gemma3",
    "llava_next": "llava",
    "llava_next_video": "llava",
    "llava_onevision": "llava",
    "paligemma": "llava",
    "aya_vision": "llava",
    "mistral3": "mistral3",
    "pp_chart2table": "mistral3",
    "shieldgemma2": "shieldgemma2",
    "colqwen2": "colqwen2",
    "qwen2_audio": "qwen2_audio",
    "audioflamingo3": "qwen2_audio",
    "granite_speech_plus": "granite_speech",
}
ENCODEC = ("encodec_24khz", "encodec_32khz", "encodec_48khz")


def tensors_of(path):
    return dict(safetensors.deserialize(path.read_bytes()))


def both_ways(mapping, source, expected, config, scratch):
    options = ("--map", mapping, "--config", config, "--no-progress")
    forward, back = scratch / "forward.safetensors", scratch / "back.safetensors"
    weft("convert", source, forward, *options)
    assert tensors_of(forward) == tensors_of(expected), "forward differs"
    weft("convert", expected, back, "--reverse", *options)
    assert tensors_of(back) == tensors_of(source), "reverse differs"


def written_back(cases, scratch):
    """MindFormers' checkpoints, read and written by weft, as MindSpore reads them."""
    pairs = []
    for case in cases:
        target = scratch / f"{case.name}.ckpt"
        weft("convert", case / "expected.ckpt", target, "--map", "identity", "--to", "mindspore", "--no-progress")
        pairs += [target, case / "expected.safetensors"]
    script("compare_mindspore.py", *pairs, environment="mindspore")


def checks():
    folder = os.environ.get("WEFT_GOLDEN")
    if not folder:
        print("the shared golden cases are not there: not compared")
        return
    folder = pathlib.Path(folder)
    for model, mapping in TRANSFORMERS.items():
        case = folder / "transformers" / model
        yield f"golden {model} with {mapping}", functools.partial(
            both_ways,
            mapping,
            case / "src/model.safetensors",
            case / "expected.safetensors",
            case / "src/config.json",
        )
    mindformers = sorted(path.parent for path in (folder / "mindformers").glob("*/expected.ckpt"))
    yield f"golden: {len(mindformers)} checkpoints of MindFormers, written back", functools.partial(
        written_back, mindformers
    )
    for model in ENCODEC:
        case = folder / "seeds" / model
        yield f"golden {model}", functools.partial(
            both_ways,
            model,
            case / "original.safetensors",
            case / "hf/model.safetensors",
            case / "hf/config.json",
        )
