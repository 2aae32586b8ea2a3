"""BigGAN and BigGAN-deep with the parameter names of Brock's own BigGAN-PyTorch."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor

from ....base.errors import CheckpointError
from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ...tensor_views import LazyTensors
from .spectral_norm import folded

_CONVOLUTION = re.compile(r"blocks\.(\d+)\.0\.(conv1|conv2|conv3|conv4|conv_sc)\.(weight|bias)")
_NORM = re.compile(r"blocks\.(\d+)\.0\.bn(\d)\.(.+)")
_ATTENTION = re.compile(r"blocks\.(\d+)\.1\.(gamma|(theta|phi|g|o)\.weight)")
_CONVOLUTIONS = {"theta": "queries", "phi": "keys", "g": "values", "o": "out"}
_STATISTICS = {"mean": "statistics.mean", "var": "statistics.variance"}


class BrockBigGAN(AbstractDialect):
    """`blocks.i.0`, with `blocks.i.1` for self-attention; spectral norm as weight and `u0`.

    Three kinds of batch norm are read: torch's, "mybn" (which stores sums of its statistics and
    their count), and the one synchronised across devices. In evaluation mode the published code
    adds the scale of the last kind, although it multiplies by it in training; here it multiplies.

    Args:
        deep: Whether it is BigGAN-deep.
    """

    def __init__(self, deep: bool) -> None:
        self.deep = deep
        self.id = "brock-biggan-deep" if deep else "brock-biggan"
        self.title = f"BigGAN-PyTorch (ajbrock) {'BigGAN-deep' if deep else 'BigGAN'}"
        self.architecture = "biggan-deep" if deep else "biggan"
        self.harmless = ("*.sv[0-9]", "*.u[1-9]")  # the weights follow from u0 alone
        self.signature = KeySignature(
            {
                "linear.weight": 2,
                "linear.bias": 1,
                "blocks.0.0.bn1.gain.weight": 2,
                "blocks.0.0.bn1.*": 1,
                f"blocks.0.0.conv{4 if deep else 2}.weight": 4,
                "output_layer.0.gain": 1,
                "output_layer.2.weight": 4,
            },
            forbidden=() if deep else ("blocks.0.0.conv4.weight",),
        )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`.

        In the norms (and in BigGAN-deep's first layer) the columns of the class come before those
        of z; they are moved behind them. Without a shared embedding the norms store a table with a
        row per class, which is transposed to a matrix for one-hot classes. The last norm always has
        eps 1e-5. Files without `sv0` were converted from TF-Hub, whose other norms have eps 1e-4.

        Args:
            checkpoint: A checkpoint that matches the signature.

        Returns:
            Canonical tensors and the settings of the network.

        Raises:
            CheckpointError: A batch norm lacks its statistics.
        """
        foreign = _with_plain_statistics(folded(checkpoint.tensors))
        shared = foreign.get("shared.weight")  # [classes, E]
        features = 0 if shared is None else shared.shape[-1]
        tensors: dict[str, Tensor] = {}
        for name in foreign:
            if match := _CONVOLUTION.fullmatch(name):
                kind = match[2]
                part = "skip" if kind == "conv_sc" else f"conv{int(kind[4:]) - 1}"
                tensors[f"synthesis.block{match[1]}.{part}.{match[3]}"] = foreign[name]
            elif (match := _NORM.fullmatch(name)) and match[3] in ("gain.weight", "bias.weight"):
                part = "scale" if match[3] == "gain.weight" else "shift"
                matrix = foreign[name]
                channels = foreign[f"blocks.{match[1]}.0.bn{match[2]}.mean"].shape[-1]
                if shared is None and matrix.shape[-1] != channels:
                    raise CheckpointError(
                        f"{name} is {list(matrix.shape)}, and there is no shared embedding",
                        f"a table of {channels} numbers per class, or shared.weight",
                        "The file may be cut off; download or save it again",
                    )
                matrix = matrix.T if shared is None else _class_last(matrix, features)
                tensors[f"synthesis.block{match[1]}.norm{int(match[2]) - 1}.{part}.weight"] = matrix
            elif match:
                part = _STATISTICS.get(match[3], match[3])
                tensors[f"synthesis.block{match[1]}.norm{int(match[2]) - 1}.{part}"] = foreign[name]
            elif match := _ATTENTION.fullmatch(name):
                part = f"{_CONVOLUTIONS[match[3]]}.weight" if match[3] else "gamma"
                tensors[f"synthesis.attention{int(match[1]) + 1}.{part}"] = foreign[name]
            elif name.startswith("output_layer.0."):
                part = {"gain": "weight", "bias": "bias", **_STATISTICS}.get(name[15:], name[15:])
                tensors[f"synthesis.last.norm.{part}"] = foreign[name]
            elif name.startswith("output_layer.2."):
                tensors[f"synthesis.last.conv.{name[15:]}"] = foreign[name]
        first = foreign["linear.weight"]
        tensors["synthesis.first.weight"] = _class_last(first, features) if self.deep else first
        tensors["synthesis.first.bias"] = foreign["linear.bias"]
        if shared is not None:
            tensors["embed.weight"] = shared.T
        names = checkpoint.tensors
        from_hub = "linear.u0" in names and not any(name.endswith(".sv0") for name in names)
        config = {"eps": 1e-4 if from_hub else 1e-5, "output_eps": 1e-5, **checkpoint.config}
        return Blueprint(self.architecture, tensors, config, checkpoint.details)


def _class_last(weight: Tensor, features: int) -> Tensor:
    """Move the columns of the embedded class behind those of z."""
    return torch.cat([weight[:, features:], weight[:, :features]], dim=1)


def _with_plain_statistics(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Rename the statistics of all batch norms to `<norm>.mean` and `<norm>.var`, `[1, C]`."""
    result: dict[str, Callable[[], Tensor]] = {}
    counters = sum(name.endswith("accumulation_counter") for name in tensors)
    if counters not in (0, sum(name.endswith("stored_mean") for name in tensors)):
        raise CheckpointError(
            f"{counters} batch norms count the batches of their statistics, others do not",
            "a count for each, or for none",
            "The file may be cut off; download or save it again",
        )
    norms: set[str] = set()
    found = re.compile(r"(.+?)(?:\.bn)?\.(?:stored|running)_(mean|var)")
    for name in tensors:
        if match := found.fullmatch(name):
            result[f"{match[1]}.{match[2]}"] = partial(_statistic, tensors, name)
        elif not name.endswith(("accumulation_counter", "num_batches_tracked")):
            result[name] = partial(tensors.__getitem__, name)
            norms |= {name.rpartition(".gain")[0]} if ".gain" in name else set()
    for norm in sorted(norms):
        if f"{norm}.mean" not in result or f"{norm}.var" not in result:
            raise CheckpointError(
                f"Batch norm {norm} holds no mean and variance",
                "stored_mean and stored_var, or running_mean and running_var",
                "Networks trained with norm_style gn or nonorm are not read",
            )
    return LazyTensors(result)


def _statistic(tensors: Mapping[str, Tensor], name: str) -> Tensor:
    """A mean or variance as `[1, C]`; "mybn" stores the sum of as many as its counter says."""
    count = tensors.get(f"{name.rpartition('.')[0]}.accumulation_counter")
    sums = 0.0 if count is None else float(count.sum())
    return (tensors[name] / sums if sums > 0 else tensors[name])[None]
