"""Weights of tiny PGGANs, StyleGANs and StyleGAN2s in the spellings that people hold them in.

Written from the layouts of those files, the other way round than the dialects go.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from latent_levers.core.generators.architectures import ARCHITECTURES
from torch import Tensor


def random_state(architecture: str, settings: Any) -> dict[str, Tensor]:
    """Canonical tensors of an untrained network, with random biases, noise strengths and mean w."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        state = dict(ARCHITECTURES[architecture].build(settings).state_dict())
        for name, tensor in state.items():
            if name.endswith(("bias", "noise_strength", "w_avg")):
                state[name] = tensor + 0.3 * torch.randn(tensor.shape)
    return {name: tensor.detach() for name, tensor in state.items()}


def last_axes_first(weight: Tensor) -> Tensor:
    """`[O, I, h, w]` to `[h, w, I, O]`, `[O, I]` to `[I, O]`."""
    return (weight.permute(2, 3, 1, 0) if weight.ndim == 4 else weight.T).contiguous()


def padded_convolution(rows: Tensor) -> Tensor:
    """A dense first layer `[C * 16, D]` as the convolution `[C, D, 4, 4]` that pads by three."""
    return rows.reshape(-1, 4, 4, rows.shape[1]).permute(0, 3, 1, 2).flip(2, 3).contiguous()


def split(name: str) -> tuple[int, str, str]:
    """Resolution, module and part of `synthesis.b<resolution>.<module>.<part>`."""
    _, block, module, part = name.split(".", 3)
    return int(block[1:]), module, part


def tensorflow_pggan(state: Mapping[str, Tensor], fused: bool) -> dict[str, Tensor]:
    """`8x8/Conv0_up/weight` and so on."""
    largest = max(split(name)[0] for name in state)
    up = "Conv0_up" if fused else "Conv0"
    result = {"lod": torch.zeros([])}
    for name, tensor in state.items():
        size, module, part = split(name)
        first, second = ("Dense", "Conv") if size == 4 else (up, "Conv1")
        layer = {"layer0": first, "layer1": second}
        scope = f"ToRGB_lod{int(math.log2(largest // size))}"
        scope = f"{size}x{size}/{layer[module]}" if module in layer else scope
        result[f"{scope}/{part}"] = tensor if part == "bias" else last_axes_first(tensor)
    return result


def numbered_pggan(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`layer0.weight` and so on, as genforce and Hammer have it."""
    result = {"lod": torch.zeros([])}
    for name, tensor in state.items():
        size, module, part = split(name)
        block = int(math.log2(size)) - 2
        target = f"output{block}" if module == "torgb" else f"layer{2 * block + int(module[-1])}"
        dense = name == "synthesis.b4.layer0.weight"
        result[f"{target}.{part}"] = padded_convolution(tensor) if dense else tensor
    return result


def tensorflow_stylegan(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`synthesis/8x8/Conv0_up/StyleMod/weight` and so on."""
    largest = max(split(name)[0] for name in state if ".b" in name and "synthesis" in name)
    result = {"lod": torch.zeros([]), "synthesis/lod": torch.zeros([])}
    parts = {
        "noise_strength": "Noise/weight",
        "affine.weight": "StyleMod/weight",
        "affine.bias": "StyleMod/bias",
    }
    for name, tensor in mapping(state, "mapping/Dense{0}/{1}", turned=True).items():
        result[name] = tensor
    result["dlatent_avg"] = state["mapping.w_avg"]
    if "mapping.label_weight" in state:
        result["mapping/LabelConcat/weight"] = state["mapping.label_weight"]
    start = "Const" if "synthesis.b4.layer0.const" in state else "Dense"
    for name, tensor in state.items():
        if not name.startswith("synthesis.b"):
            continue
        size, module, part = split(name)
        block = int(math.log2(size)) - 2
        first, second = (start, "Conv") if size == 4 else ("Conv0_up", "Conv1")
        if part == "noise_const":
            result[f"synthesis/noise{2 * block + int(module[-1])}"] = tensor[None, None]
            continue
        layer = {"layer0": first, "layer1": second}
        scope = f"ToRGB_lod{int(math.log2(largest // size))}"
        scope = f"{size}x{size}/{layer[module]}" if module in layer else scope
        value = tensor[None] if part == "const" else tensor
        value = last_axes_first(value) if part.endswith("weight") else value
        result[f"synthesis/{scope}/{parts.get(part, part)}"] = value
    return result


def numbered_stylegan(state: Mapping[str, Tensor], hammer: bool) -> dict[str, Tensor]:
    """`synthesis.layer0.style.weight` and so on, as genforce or Hammer has it."""
    result = mapping(state, "mapping.dense{0}.{1}", turned=False)
    result["w_avg" if hammer else "truncation.w_avg"] = state["mapping.w_avg"]
    result["synthesis.lod"] = torch.zeros([])
    if "mapping.label_weight" in state:
        name = "mapping.embedding" if hammer else "mapping.label_weight"
        result[name] = state["mapping.label_weight"]
    parts = {"affine.weight": "style.weight", "affine.bias": "style.bias"}
    if not hammer:
        parts |= {"noise_const": "apply_noise.noise", "noise_strength": "apply_noise.weight"}
    else:
        parts |= {"noise_const": "noise"}
    kernel = state["synthesis.resample_filter"][None, None]
    for name, tensor in state.items():
        if not name.startswith("synthesis.b"):
            continue
        size, module, part = split(name)
        block = int(math.log2(size)) - 2
        number = 2 * block + int(module[-1]) if module != "torgb" else block
        target = f"synthesis.{'output' if module == 'torgb' else 'layer'}{number}"
        value = tensor
        if part == "const":
            value = tensor[None]
        elif part == "noise_const":
            value = tensor[None, None]
        elif part == "noise_strength" and hammer:
            value = tensor[None, :, None, None]
        elif part == "weight" and tensor.ndim == 2:
            value = padded_convolution(tensor)
        elif part == "bias" and module == "layer0" and size > 4:
            if hammer:
                result[f"{target}.filter"] = kernel
            else:
                result[f"{target}.blur.kernel"] = kernel.repeat(len(tensor), 1, 1, 1)
        result[f"{target}.{parts.get(part, part)}"] = value
    return result


def mapping(state: Mapping[str, Tensor], pattern: str, turned: bool) -> dict[str, Tensor]:
    """The mapping network, whose biases act outside the gain of the rectifier there."""
    result: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if name.startswith("mapping.fc"):
            layer, part = name.removeprefix("mapping.fc").split(".")
            value = tensor * math.sqrt(2) if part == "bias" else tensor
            value = value.T.contiguous() if turned and part == "weight" else value
            result[pattern.format(layer, part)] = value
    return result


def tensorflow_stylegan2(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`synthesis/8x8/Conv0_up/mod_weight` and so on."""
    others = {
        "mapping.w_avg": "dlatent_avg",
        "mapping.label_weight": "mapping/LabelConcat/weight",
        "mapping.embed.weight": "mapping/LabelEmbed/weight",
        "mapping.embed.bias": "mapping/LabelEmbed/bias",
    }
    parts = {"affine.weight": "mod_weight", "affine.bias": "mod_bias"}
    scopes = {"conv0": "Conv0_up", "conv1": "Conv1", "torgb": "ToRGB", "skip": "Skip"}
    result = {"lod": torch.zeros([])}
    for name, tensor in state.items():
        if name.endswith("resample_filter"):
            continue
        if name in others:
            concat = name == "mapping.label_weight"
            value = tensor if concat or tensor.ndim == 1 else tensor.T.contiguous()
            result[others[name]] = value
        elif name.startswith("mapping."):
            layer, part = name.removeprefix("mapping.fc").split(".")
            value = tensor.T.contiguous() if tensor.ndim == 2 else tensor
            result[f"mapping/Dense{layer}/{part}"] = value
        elif name == "synthesis.b4.const":
            result["synthesis/4x4/Const/const"] = tensor[None]
        else:
            size, module, part = split(name)
            number = 2 * (int(math.log2(size)) - 2) + int(module[-1:] == "1")
            scope = "Conv" if size == 4 and module == "conv1" else scopes[module]
            if part == "noise_const":
                result[f"synthesis/noise{number - 1}"] = tensor[None, None]
                continue
            value = tensor.flip(2, 3) if module == "conv0" and part == "weight" else tensor
            value = tensor - 1 if part == "affine.bias" else value
            value = last_axes_first(value) if part.endswith("weight") else value
            result[f"synthesis/{size}x{size}/{scope}/{parts.get(part, part)}"] = value
    return result
