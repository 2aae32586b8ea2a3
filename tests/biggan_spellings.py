"""Networks of ours written as the two published implementations spell theirs."""

from __future__ import annotations

import re

import torch
from latent_levers.core.generators.architectures.biggan.network import BigGAN
from torch import Tensor

ATTENTION = {"queries": "theta", "keys": "phi", "values": "g", "out": "o"}


def split(weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A weight before spectral norm, with vectors u and v that are far from converged."""
    u, v = torch.randn(len(weight)), torch.randn(weight[0].numel())
    return 3 * weight, u, v / (u @ weight.flatten(1) @ v)


def huggingface_spelling(network: BigGAN) -> dict[str, Tensor]:
    """Blocks and attentions in one list, `weight_orig`, a last convolution with idle outputs."""
    places = sorted(network.settings.attention)
    channels, last = network.settings.blocks[0].inputs, network.settings.blocks[-1].outputs
    result: dict[str, Tensor] = {}
    for name, tensor in network.state_dict().items():
        if match := re.fullmatch(r"synthesis\.block(\d+)\.(norm|conv)(\d)\.(.+)", name):
            index = int(match[1]) + sum(place <= int(match[1]) for place in places)
            kind = "bn" if match[2] == "norm" else "conv"
            part = match[4].replace("shift", "offset").replace("statistics.mean", "running_means")
            part = part.replace("statistics.variance", "running_vars")
            path = f"generator.layers.{index}.{kind}_{match[3]}.{part}"
        elif match := re.fullmatch(r"synthesis\.attention(\d+)\.(\w+)(\.weight)?", name):
            index = int(match[1]) + places.index(int(match[1]))
            foreign = ATTENTION.get(match[2], "")
            part = f"snconv1x1_{foreign}{'_conv' * (foreign == 'o')}.weight" if foreign else "gamma"
            path, tensor = f"generator.layers.{index}.{part}", tensor if foreign else tensor[None]
        elif name.startswith("synthesis.first."):
            path = f"generator.gen_z.{name.rpartition('.')[2]}"
            tensor = tensor.unflatten(0, (channels, -1)).transpose(0, 1).flatten(0, 1)
        elif name.startswith("synthesis.last.conv."):
            path = f"generator.conv_to_rgb.{name.rpartition('.')[2]}"
            tensor = torch.cat([tensor, torch.ones(last, *tensor.shape[1:])])
        elif name.startswith("synthesis.last.norm."):
            part = {"mean": "running_means", "variance": "running_vars"}
            path = f"generator.bn.{part.get(name.rpartition('.')[2], name.rpartition('.')[2])}"
        else:
            path = "embeddings.weight"
        if path.endswith(".weight") and path.startswith("generator") and tensor.ndim > 1:
            result[f"{path}_orig"], result[f"{path}_u"], result[f"{path}_v"] = split(tensor)
        else:
            result[path] = tensor
    return result


def brock_spelling(network: BigGAN) -> dict[str, Tensor]:
    """`blocks.i.0` and `blocks.i.1`, class before z, tables where no embedding is shared."""
    settings = network.settings
    latent = settings.chunk(0).stop

    def class_first(weight: Tensor, columns: int) -> Tensor:
        return torch.cat([weight[:, columns:], weight[:, :columns]], dim=1)

    result: dict[str, Tensor] = {}
    for name, tensor in network.state_dict().items():
        leaf = name.rpartition(".")[2]
        statistic = {"mean": "stored_mean", "variance": "stored_var"}.get(leaf)
        tensor = tensor[0] if statistic else tensor
        if match := re.fullmatch(r"synthesis\.block(\d+)\.norm(\d)\.(scale|shift)\.weight", name):
            part = "gain" if match[3] == "scale" else "bias"
            matrix = class_first(tensor, latent if settings.hierarchical else 0)
            matrix = matrix if settings.embed_features else matrix.T
            result[f"blocks.{match[1]}.0.bn{int(match[2]) + 1}.{part}.weight"] = matrix
        elif match := re.fullmatch(r"synthesis\.block(\d+)\.norm(\d)\..+", name):
            result[f"blocks.{match[1]}.0.bn{int(match[2]) + 1}.{statistic}"] = tensor
        elif match := re.fullmatch(r"synthesis\.block(\d+)\.(conv(\d)|skip)\..+", name):
            kind = "conv_sc" if match[2] == "skip" else f"conv{int(match[3]) + 1}"
            result[f"blocks.{match[1]}.0.{kind}.{leaf}"] = tensor
        elif match := re.fullmatch(r"synthesis\.attention(\d+)\.(\w+)(\.weight)?", name):
            part = "gamma" if match[3] is None else f"{ATTENTION[match[2]]}.weight"
            result[f"blocks.{int(match[1]) - 1}.1.{part}"] = tensor
        elif name.startswith("synthesis.last.conv."):
            result[f"output_layer.2.{leaf}"] = tensor
        elif name.startswith("synthesis.last.norm."):
            result[f"output_layer.0.{statistic or {'weight': 'gain'}.get(leaf, leaf)}"] = tensor
        elif name == "synthesis.first.weight":
            result["linear.weight"] = class_first(tensor, latent) if settings.deep else tensor
        else:
            part = {"synthesis.first.bias": "linear.bias", "embed.weight": "shared.weight"}[name]
            result[part] = tensor.T if part == "shared.weight" else tensor
    return {name: tensor.contiguous() for name, tensor in result.items()}
