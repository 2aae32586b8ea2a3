"""DCGAN-type stacks: convolutions and batch norms under any names.

There are no common parameter names ("main.0.weight", "deconv1_bn.weight", "net.3.1.running_var").
So the stack is recognised by the shapes of its modules and ordered by their channels: the inputs of
each convolution are the outputs of the one before, and each batch norm has as many channels as the
convolution before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...base.errors import CheckpointError
from ...concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from .stated_layers import NOTHING_STATED, StatedLayers, stated_layers

_SCOPE = "one chain of convolutions from a latent to an image"
EPSILON = 1e-5
"""What torch's batch norms add to the variance unless a file states otherwise."""
_REMEDY = "Conditional DCGANs, which join a class to the latent, and skip connections are not read"
_Modules = Mapping[str, Mapping[str, Tensor]]


@dataclass(frozen=True)
class _Link:
    """One convolution and the batch norm after it."""

    path: str
    """Name of the convolution's module."""
    norm: str | None
    """Name of the batch norm's module, or none."""
    transposed: bool = True
    """Whether the convolution is transposed."""


def _modules(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Tensors by module name and name within the module, in file order."""
    modules: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        path, _, leaf = name.rpartition(".")
        modules.setdefault(path, {})[leaf] = tensor
    return modules


def _is_convolution(module: Mapping[str, Tensor]) -> bool:
    """Whether it has a weight of four axes, perhaps a bias, and nothing else."""
    axes = {leaf: tensor.ndim for leaf, tensor in module.items()}
    return axes in ({"weight": 4}, {"weight": 4, "bias": 1})


def _is_norm(module: Mapping[str, Tensor]) -> bool:
    """Whether it has running statistics, perhaps scale and shift, perhaps a count of batches."""
    vectors = {leaf: tensor for leaf, tensor in module.items() if leaf != "num_batches_tracked"}
    statistics, scaling = {"running_mean", "running_var"}, {"weight", "bias"}
    return (
        set(vectors) in (statistics, statistics | scaling)
        and {tensor.shape for tensor in vectors.values()} == {module["running_mean"].shape}
        and module["running_mean"].ndim == 1
    )


def _numbers(path: str) -> tuple[int, ...]:
    """All numbers in a name."""
    return tuple(int(number) for number in re.findall(r"\d+", path))


def _natural(path: str) -> tuple[tuple[int, str], ...]:
    """Sort key under which "main.10" comes after "main.9"."""
    parts = re.split(r"(\d+)", path)
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)


def _orders(modules: _Modules) -> list[list[str]]:
    """Possible orders of the modules, the likeliest first.

    The orders are: file order; by name, since safetensors files sort "main.10" before "main.3"; by
    number, convolutions first, for names such as "conv1, conv2, bn1, bn2".

    Returns:
        Names of the modules in each order.
    """
    by_number = sorted(modules, key=lambda path: (_numbers(path), _is_norm(modules[path])))
    return [list(modules), sorted(modules, key=_natural), by_number]


def _with_norms(order: Sequence[str], modules: _Modules) -> list[_Link]:
    """Each convolution with the batch norm that follows it."""
    links: list[_Link] = []
    for path in order:
        if not _is_norm(modules[path]):
            links.append(_Link(path, None))
        elif not links or links[-1].norm is not None:
            raise CheckpointError(f"Batch norm {path} follows no convolution", _SCOPE)
        else:
            links[-1] = _Link(links[-1].path, path)
    return links


def _outputs(link: _Link, modules: _Modules) -> int | None:
    """Output channels according to bias and batch norm; none if there is neither."""
    bias = modules[link.path].get("bias")
    vectors = [] if bias is None else [bias]
    if link.norm is not None:
        vectors.append(modules[link.norm]["running_mean"])
    sizes = {vector.shape[0] for vector in vectors}
    if len(sizes) > 1:
        raise CheckpointError(
            f"Batch norm {link.norm} does not have the size of {link.path}", _SCOPE
        )
    return sizes.pop() if sizes else None


def _chain(
    order: Sequence[str], modules: _Modules, stated: StatedLayers = NOTHING_STATED
) -> list[_Link]:
    """The stack in this order; channels decide whether a convolution is transposed or plain.

    A transposed weight is `[inputs, outputs, k, k]`, a plain one `[outputs, inputs, k, k]`. If both
    fit, an even kernel is taken as transposed, since a plain one could not keep the image size, and
    an odd kernel as plain, unless the file states it. The first layer is always transposed.

    Returns:
        The layers with their kinds.

    Raises:
        CheckpointError: The channels do not match in this order.
    """
    chain: list[_Link] = []
    channels = 0  # of the layer before
    for link in _with_norms(order, modules):
        weight = modules[link.path]["weight"]
        outputs = _outputs(link, modules)
        inputs = channels if chain else weight.shape[0]
        odd = weight.shape[2] % 2 == 1
        transposed = weight.shape[0] == inputs and outputs in (None, weight.shape[1])
        plain = odd and weight.shape[1] == inputs and outputs in (None, weight.shape[0])
        plain = plain and bool(chain)  # a 1x1 latent cannot grow in a plain convolution
        known = stated.transposed(link.path)
        if known is not None and transposed and plain:
            plain = not known
        if not transposed and not plain:
            raise CheckpointError(
                f"{link.path}.weight of shape {list(weight.shape)} does not lead from {inputs} "
                f"channels to {outputs or 'others'}",
                _SCOPE,
                _REMEDY,
            )
        channels = weight.shape[0 if plain else 1]
        chain.append(_Link(link.path, link.norm, transposed=not plain))
    if len(chain) < 2 or channels not in (1, 3):
        raise CheckpointError(
            f"{len(chain)} convolutions end in {channels} channels",
            "two or more that end in a grey or colour image",
        )
    return chain


def _read(modules: _Modules, stated: StatedLayers = NOTHING_STATED) -> list[_Link]:
    """The stack in the first order that fits; else raises the error of the order by name."""
    errors: list[CheckpointError] = []
    for order in _orders(modules):
        try:
            return _chain(order, modules, stated)
        except CheckpointError as error:
            errors.append(error)
    raise errors[1]


class DCGANStack(AbstractDialect):
    """Any names, weights in torch's layout, batch norms with running statistics."""

    id = "dcgan-stack"
    title = "DCGAN-type stack of convolutions"
    architecture = "dcgan"
    signature = KeySignature(
        {"*weight": 4, "*running_mean": 1, "*running_var": 1}, forbidden=("synthesis.layer*",)
    )

    def missing(self, tensors: Mapping[str, Tensor]) -> list[str]:
        """See `AbstractDialect.missing`: all modules form a chain of convolutions and norms."""
        gaps = self.signature.missing(tensors)
        modules = _modules(tensors)
        foreign = [p for p, m in modules.items() if not _is_convolution(m) and not _is_norm(m)]
        gaps += [
            f"{path or 'the top'} is neither a convolution nor a batch norm" for path in foreign
        ]
        if not gaps:
            try:
                _read(modules)
            except CheckpointError as error:
                gaps.append(str(error).rstrip("."))
        return gaps

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`; batch norms without scale and shift get 1 and 0."""
        modules = _modules(checkpoint.tensors)
        stated = stated_layers(checkpoint.config)
        links = _read(modules, stated)
        tensors: dict[str, Tensor] = {}
        for index, link in enumerate(links):
            root = f"synthesis.layer{index}"
            kind = "deconv" if link.transposed else "conv"
            tensors |= {f"{root}.{kind}.{leaf}": t for leaf, t in modules[link.path].items()}
            weight = stated.dilated(link.path, tensors[f"{root}.{kind}.weight"])
            tensors[f"{root}.{kind}.weight"] = weight
            if link.norm is not None:
                norm = dict(modules[link.norm])
                norm.pop("num_batches_tracked", None)
                norm.setdefault("weight", torch.ones_like(norm["running_var"]))
                norm.setdefault("bias", torch.zeros_like(norm["running_mean"]))
                excess = stated.epsilon(link.norm) - EPSILON
                if excess:
                    norm["running_var"] = norm["running_var"] + excess
                tensors |= {f"{root}.norm.{leaf}": t for leaf, t in norm.items()}
        options = stated.options([link.path for link in links])
        details = dict(checkpoint.details)
        if stated.unknown():
            details["warnings"] = [*details.get("warnings", ()), *stated.unknown()]
        config = options if stated.named else checkpoint.config
        return Blueprint(self.architecture, tensors, config, details)
