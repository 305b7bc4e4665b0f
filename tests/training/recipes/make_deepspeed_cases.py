"""Directories such as DeepSpeed saves them, right and wrong ones.

    python make_deepspeed_cases.py DIRECTORY

Made with torch 2.13.0 and safetensors 0.8.0; DeepSpeed itself is not needed: its classes are stood
in for by ones of the same names. What DeepSpeed itself saved is in the golden cases.
"""

import enum
import shutil
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file

SHAPES = [OrderedDict(weight=torch.Size([5, 3]), tail=torch.Size([4])),
          OrderedDict(bias=torch.Size([5]), scalar=torch.Size([]))]
FROZEN = OrderedDict(fixed=torch.Size([2, 3]))


def stand_in(module, name, **members):
    parts = module.split(".")
    for i in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:i]), types.ModuleType(".".join(parts[:i])))
    made = type(name, members.pop("bases", (object,)), {"__module__": module, **members})
    setattr(sys.modules[module], name, made)
    return made


class StageNumbers(int, enum.Enum):
    GROUPS = 2
    EACH = 3


StageNumbers.__name__ = StageNumbers.__qualname__ = "ZeroStageEnum"
StageNumbers.__module__ = "deepspeed.runtime.zero.config"
stand_in("deepspeed.runtime.zero.config", "DeepSpeedZeroConfig")
sys.modules["deepspeed.runtime.zero.config"].ZeroStageEnum = StageNumbers
LossScaler = stand_in("deepspeed.runtime.fp16.loss_scaler", "LossScaler")


def numbers(shape, start):
    count = max(1, torch.Size(shape).numel())
    return (torch.arange(count, dtype=torch.float32) + start).reshape(shape) / 7


def masters():
    found, start = OrderedDict(), 1
    for group in SHAPES:
        for name, shape in group.items():
            found[name] = numbers(shape, start)
            start += 100
    return found


def buffers():
    return OrderedDict(steps=torch.tensor([1, 2**24 + 1, -3]), flags=torch.tensor([True, False]),
                       half=torch.tensor([0.5, 65504.0], dtype=torch.float16),
                       mean=torch.tensor([1.25, -2.5]))


def expected(training, **changed):
    state = OrderedDict(masters())
    state["alias"] = state["weight"].clone()
    state["fixed"] = numbers(FROZEN["fixed"], 900).to(training)
    for name, buffer in buffers().items():
        state[name] = buffer.float()
    state.update(changed)
    return state


def model_state(rank, world, each, training, shapes=None, module=None, shared=True):
    if module is None:
        module = OrderedDict()
        for name, master in masters().items():
            module[name] = torch.empty(0, dtype=training) if each else master.to(training)
        module["alias"] = module["weight"]
        module["fixed"] = torch.empty(0, dtype=training)
        module.update(buffers())
    fixed = numbers(FROZEN["fixed"], 900).to(training)
    if each:
        part = -(-fixed.numel() // world)
        padded = torch.cat([fixed.flatten(), torch.zeros(part * world - fixed.numel(),
                                                         dtype=training)])
        fixed = padded[rank * part:(rank + 1) * part].clone()
    else:
        module["fixed"] = fixed
    return {"module": module, "buffer_names": list(buffers()), "optimizer": None,
            "param_shapes": shapes or SHAPES, "frozen_param_shapes": FROZEN,
            "shared_params": {"alias": "weight"} if shared and rank == 0 else {},
            "frozen_param_fragments": OrderedDict(fixed=fixed), "global_steps": 12,
            "dp_world_size": world, "mp_world_size": 1, "ds_version": "0.15.1", "epoch": 4}


def groups_of_rank(rank, world):
    """What ZeRO 1 and 2 give a rank: a slice of each group, which is filled up at its end."""
    parts = []
    for group in SHAPES:
        flat = torch.cat([masters()[name].flatten() for name in group])
        part = -(-flat.numel() // (2 * world)) * 2
        parts.append(flat[rank * part:(rank + 1) * part].clone())
    return parts


def each_of_rank(rank, world):
    """What ZeRO 3 gives a rank: a slice of each parameter, filled up."""
    parts = []
    for group in SHAPES:
        slices = []
        for name in group:
            flat = masters()[name].flatten()
            part = -(-flat.numel() // world)
            padded = torch.cat([flat, torch.zeros(part * world - flat.numel())])
            slices.append(padded[rank * part:(rank + 1) * part])
        parts.append(torch.cat(slices))
    return parts


def optimizer_state(rank, world, each, count=None, parts=None):
    key = "fp32_flat_groups" if each else "single_partition_of_fp32_groups"
    if parts is None:
        parts = each_of_rank(rank, world) if each else groups_of_rank(rank, world)
    stage = StageNumbers.EACH if each else StageNumbers.GROUPS
    if count is None:
        count = world if each else [world] * len(parts)
    return {"optimizer_state_dict": {"loss_scaler": LossScaler(), key: parts, "zero_stage": stage,
                                     "partition_count": count}}


def save(directory, world, each, training=torch.float32, models=None, optimizers=None,
         legacy=False, without=(), prefix=""):
    directory.mkdir(parents=True)
    for rank in range(world):
        model = model_state(rank, world, each, training)
        model.update((models or {}).get(rank, {}))
        name = f"zero_pp_rank_{rank}_mp_rank_00_model_states.pt" if each \
            else "mp_rank_00_model_states.pt"
        if (each or rank == 0) and name not in without:
            torch.save(model, directory / name, _use_new_zipfile_serialization=not legacy)
        optimizer = (optimizers or {}).get(rank) or optimizer_state(rank, world, each)
        name = f"{prefix}zero_pp_rank_{rank}_mp_rank_00_optim_states.pt"
        if name not in without:
            torch.save(optimizer, directory / name, _use_new_zipfile_serialization=not legacy)


def deflate(path):
    packed = path.with_suffix(".packed")
    with zipfile.ZipFile(path) as old, \
            zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(zipfile.ZipInfo(member.filename), old.read(member.filename),
                         zipfile.ZIP_DEFLATED)
    packed.replace(path)


def write(root, name, state):
    save_file({key: tensor.contiguous() for key, tensor in state.items()},
              root / f"{name}.safetensors")


def make_right(root):
    save(root / "groups", 3, each=False)
    write(root, "groups", expected(torch.float32))
    save(root / "groups_legacy", 2, each=False, legacy=True)
    save(root / "groups_deflated", 2, each=False, training=torch.bfloat16, prefix="bf16_")
    for path in (root / "groups_deflated").iterdir():
        deflate(path)
    write(root, "groups_of_bf16", expected(torch.bfloat16))
    save(root / "each", 4, each=True, training=torch.bfloat16, prefix="bf16_")
    run = root / "run"
    save(run / "global_step12", 2, each=True, training=torch.bfloat16)
    (run / "latest").write_text("global_step12\n")
    (run / "config.json").write_text("{}\n")
    # As versions without shared_params left it; and a parameter that the optimizer was not told of.
    module = OrderedDict(masters())
    module["alias"] = module["weight"]
    module["fixed"] = numbers(FROZEN["fixed"], 900)
    module.update(buffers())
    module["forgotten"] = numbers([3], 700).half()
    save(root / "old", 2, each=False, models={0: {"module": module, "shared_params": None}})
    write(root, "old", expected(torch.float32, forgotten=module["forgotten"]))


def without_frozen(module):
    return {"module": module, "frozen_param_shapes": None, "frozen_param_fragments": None,
            "shared_params": {"head": "embed"}}


def make_frozen(root):
    """Files of the old kind, which are smaller."""
    save(root / "each_of_one", 1, each=True, training=torch.bfloat16, legacy=True)
    # Saved with exclude_frozen_parameters=True. Of two names of one parameter the second stays.
    module = OrderedDict(masters())
    module.update(buffers())
    save(root / "excluded", 2, each=False, legacy=True, models={0: without_frozen(module)})
    stand_ins = OrderedDict((name, torch.empty(0)) for name in [*masters(), "head"])
    stand_ins.update(buffers())
    save(root / "excluded_of_each", 2, each=True, legacy=True,
         models={rank: without_frozen(stand_ins) for rank in (0, 1)})
    state = expected(torch.float32)
    del state["alias"], state["fixed"]
    write(root, "excluded", state)
    # ZeRO 1 says nothing of frozen parameters; the module has them.
    module = OrderedDict(module)
    module["embed"] = module["head"] = numbers([4, 3], 5).bfloat16()
    save(root / "tied", 2, each=False, legacy=True, models={0: without_frozen(module)})
    state["embed"] = module["embed"]
    state["head"] = module["embed"].clone()
    write(root, "tied", state)
    # Empty parameters all lie at address 0, which makes them one for DeepSpeed.
    shapes = [OrderedDict(SHAPES[0], empty=torch.Size([0, 3]), none=torch.Size([0, 5])), SHAPES[1]]
    module = OrderedDict(masters())
    module.update(buffers(), empty=torch.zeros(0, 3), none=torch.zeros(0, 5))
    module["alias"] = module["weight"]
    module["fixed"] = numbers(FROZEN["fixed"], 900)
    save(root / "empty", 2, each=False, legacy=True,
         models={0: {"module": module, "param_shapes": shapes,
                     "shared_params": {"alias": "weight", "none": "empty"}}})
    write(root, "empty", expected(torch.float32, empty=module["empty"], none=module["none"]))


def make_more(root):
    """What programs save beside the model, and buffers of other types."""
    module = OrderedDict(masters())
    module["alias"] = module["weight"]
    module["fixed"] = numbers(FROZEN["fixed"], 900)
    module.update(buffers())
    module["angles"] = torch.complex(numbers([3], 30), numbers([3], 40))
    module["pairs"] = torch.complex(numbers([2], 50).double(), numbers([2], 60).double() / 3)
    module["exact"] = torch.tensor([0.1, 1 / 3], dtype=torch.float64)
    module["layer._extra_state"] = {"scale": numbers([3], 70), "count": 3}
    save(root / "more", 2, each=False, legacy=True, models={0: {
        "module": module, "buffer_names": [*buffers(), "angles", "pairs", "exact"],
        "ema": {"weight": numbers([5, 3], 80)}, "rng": torch.arange(8), "iteration": 7}})


def make_wrong(root):
    def save_wrong(name, world, each, **changes):
        # Files of the old kind are smaller.
        save(root / name, world, each, legacy=True, **changes)

    short = [part[:-1].clone() for part in groups_of_rank(1, 2)]
    save_wrong("rank_missing", 3, False,
         without=["zero_pp_rank_1_mp_rank_00_optim_states.pt"])
    save_wrong("last_rank_missing", 2, False,
         without=["zero_pp_rank_1_mp_rank_00_optim_states.pt"])
    save_wrong("model_rank_missing", 2, True,
         without=["zero_pp_rank_1_mp_rank_00_model_states.pt"])
    save_wrong("model_missing", 1, False, without=["mp_rank_00_model_states.pt"])
    save_wrong("optimizer_missing", 1, False,
         without=["zero_pp_rank_0_mp_rank_00_optim_states.pt"])
    save_wrong("part_short", 2, False,
         optimizers={1: optimizer_state(1, 2, False, parts=short)})
    long = [torch.cat([part, torch.zeros(8)]) for part in groups_of_rank(1, 2)]
    save_wrong("part_long", 2, False,
         optimizers={1: optimizer_state(1, 2, False, parts=long)})
    short = [part[:-1].clone() for part in each_of_rank(1, 2)]
    save_wrong("part_of_each_short", 2, True,
         optimizers={1: optimizer_state(1, 2, True, parts=short)})
    save_wrong("counts_differ", 2, False,
         optimizers={1: optimizer_state(1, 2, False, count=[3, 3])})
    save_wrong("count_of_experts", 2, False,
         optimizers={r: optimizer_state(r, 2, False, count=[2, 1]) for r in (0, 1)})
    save_wrong("group_missing", 2, False,
         optimizers={1: optimizer_state(1, 2, False, parts=groups_of_rank(1, 2)[:1])})
    save_wrong("stages_differ", 2, False, optimizers={1: optimizer_state(1, 2, True)})
    renamed = [OrderedDict(weight_=torch.Size([5, 3]), tail=torch.Size([4])), SHAPES[1]]
    save_wrong("name_differs", 1, False, models={0: {"param_shapes": renamed}})
    reshaped = [OrderedDict(weight=torch.Size([3, 5]), tail=torch.Size([4])), SHAPES[1]]
    save_wrong("shape_differs", 1, False, models={0: {"param_shapes": reshaped}})
    save_wrong("fragment_missing", 2, True, models={1: {"frozen_param_fragments": {}}})
    save_wrong("shared_unsaid", 2, True, models={0: {"shared_params": {}}})
    huge = [OrderedDict(weight=torch.Size([2**40, 2**30]), tail=torch.Size([4])), SHAPES[1]]
    save_wrong("shape_huge", 1, False, models={0: {"param_shapes": huge}})
    save_wrong("model_split", 1, False)
    torch.save({}, root / "model_split" / "zero_pp_rank_0_mp_rank_01_optim_states.pt")


def main():
    root = Path(sys.argv[1])
    shutil.rmtree(root, ignore_errors=True)
    (root / "wrong").mkdir(parents=True)
    make_right(root)
    make_frozen(root)
    make_more(root)
    make_wrong(root / "wrong")


if __name__ == "__main__":
    main()
