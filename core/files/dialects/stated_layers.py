"""Layers of a network that was saved whole: what its modules state and a state dict lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ...base.errors import CheckpointError
from .module_settings import (
    ACTIVATIONS,
    Module,
    activation_name,
    padding_numbers,
    small_number,
    two_numbers,
)

_CLASS = "class_name"
_CONVOLUTIONS = ("ConvTranspose2d", "Conv2d")
_CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
_WITHOUT_EFFECT = ("Identity", "Dropout", "Dropout2d", "AlphaDropout", "Flatten", "Unflatten")
"""Modules of torch that leave the image of a trained stack as it is."""

_BOUNDING = ("tanh", "sigmoid")
"""Activations of the image layer."""

_LARGEST_DILATION = 16
"""Largest distance of a kernel's taps."""


@dataclass(frozen=True)
class StatedLayers:
    """The modules of one network in the order in which it lists them; empty for a state dict."""

    named: Mapping[str, Module] = field(default_factory=dict)
    """All of them by their dotted names, containers included."""
    top: str = ""
    """Class of the network."""

    def transposed(self, path: str) -> bool | None:
        """Whether a convolution is transposed.

        Args:
            path: Its name.

        Returns:
            None where that is not stated.
        """
        module = self.named.get(path)
        known = module is not None and module.kind in _CONVOLUTIONS
        return module.kind == "ConvTranspose2d" if module is not None and known else None

    def dilated(self, path: str, weight: Tensor) -> Tensor:
        """A weight with the zeros that a dilation puts between its taps.

        Args:
            path: Name of the convolution.
            weight: `[..., k, k]`.

        Returns:
            `[..., d (k - 1) + 1, d (k - 1) + 1]`; the weight itself without dilation.

        Raises:
            CheckpointError: The dilation is no small number.
        """
        rows, columns = two_numbers("dilation", self._settings(path).get("dilation", 1))
        if (rows, columns) == (1, 1):
            return weight
        if not 1 <= min(rows, columns) <= max(rows, columns) <= _LARGEST_DILATION:
            raise CheckpointError(
                f"{path} has a dilation of {rows} x {columns}", f"1 to {_LARGEST_DILATION}"
            )
        height, width = weight.shape[-2:]
        spread = weight.new_zeros(
            *weight.shape[:-2], rows * (height - 1) + 1, columns * (width - 1) + 1
        )
        spread[..., ::rows, ::columns] = weight
        return spread

    def epsilon(self, path: str) -> float:
        """What a batch norm adds to its variance.

        Args:
            path: Its name.

        Returns:
            A number; torch's default where it is not stated.
        """
        eps = self._settings(path).get("eps", 1e-5)
        return small_number(eps, f"the eps of {path}")

    def options(self, convolutions: Sequence[str]) -> dict[str, Any]:
        """Options of the architecture that the modules state.

        Args:
            convolutions: Names of the convolutions, from the latent to the image.

        Returns:
            Stride, padding, output padding, and activations where they are certain; empty for a
            state dict.

        Raises:
            CheckpointError: A module does what no stack of convolutions does.
        """
        if not self.named:
            return {}
        self._check()
        rows = [self._settings(path) for path in convolutions]
        if not all(rows):
            return {}
        options: dict[str, Any] = {
            "stride": [two_numbers("stride", row.get("stride", 1)) for row in rows],
            "padding": [
                padding_numbers(row, path) for row, path in zip(rows, convolutions, strict=True)
            ],
            "output_padding": [
                two_numbers("output_padding", row.get("output_padding", 0)) for row in rows
            ],
        }
        return options | self._activations(convolutions)

    def _settings(self, path: str) -> Mapping[str, Any]:
        """Settings of one module; empty where the file states none."""
        module = self.named.get(path)
        return {} if module is None else module.settings

    def _check(self) -> None:
        """Refuse modules that would change the image in a way that is not read."""
        for module in self.named.values():
            known = (*_CONVOLUTIONS, *_CONTAINERS, *_WITHOUT_EFFECT, *ACTIVATIONS)
            of_torch = "." not in module.kind
            if of_torch and module.kind not in known and "BatchNorm" not in module.kind:
                raise CheckpointError(
                    f"The network has a module {module.path} of class {module.kind}",
                    "convolutions, batch norms and activations",
                    "Stacks with other modules are not read",
                )
            groups = module.settings.get("groups", 1)
            mode = module.settings.get("padding_mode", "zeros")
            if groups != 1 or mode != "zeros":
                raise CheckpointError(
                    f"{module.path} has {str(groups)[:20]} groups and the padding mode "
                    f"{str(mode)[:20]!r}",
                    "1 group and padding with zeros",
                )

    def _in_sequence(self, convolutions: Sequence[str]) -> bool:
        """Whether one `Sequential` holds all convolutions, in further ones at most."""
        kinds = {"": self.top} | {module.path: module.kind for module in self.named.values()}
        above = [[".".join(path.split(".")[:n]) for n in range(path.count(".") + 1)]
                 for path in convolutions]  # fmt: skip
        shared = max(set.intersection(*map(set, above)), key=len)
        around = {path for paths in above for path in paths if len(path) >= len(shared)}
        inside = [
            m for m in self.named.values() if m.path.startswith(f"{shared}." if shared else "")
        ]
        return all(kinds.get(path) == "Sequential" for path in around) and not any(
            "." in module.kind for module in inside
        )

    def unknown(self) -> tuple[str, ...]:
        """Sentences on modules without layers whose code is not run."""
        parents = {path.rpartition(".")[0] for path in self.named}
        leaves = [m for m in self.named.values() if "." in m.kind and m.path not in parents]
        return tuple(
            f"The network has a module {module.path} of class {module.kind}, whose code is not "
            "run; it was taken to change nothing"
            for module in leaves[:3]
        )

    def _activations(self, convolutions: Sequence[str]) -> dict[str, Any]:
        """Activations, as far as the order of the modules tells them.

        A network made of sequences alone runs its modules in their order. In one whose own code
        says how they are run, an activation that is the only one between two convolutions belongs
        there, and one that is the only one of its network belongs everywhere.

        Returns:
            Options of the architecture.

        Raises:
            CheckpointError: The modules are in an order that is not read.
        """
        gaps: list[list[str]] = [[] for _ in convolutions]
        norm_after: set[int] = set()
        index = -1
        order = {path: place for place, path in enumerate(convolutions)}
        before: list[str] = []
        for module in self.named.values():
            if module.path in order:
                index = order[module.path]
            elif module.kind in ACTIVATIONS:
                (gaps[index] if index >= 0 else before).append(activation_name(module))
            elif "BatchNorm" in module.kind and index >= 0 and gaps[index]:
                norm_after.add(index)
        in_sequence = self._in_sequence(convolutions)
        if in_sequence and (norm_after or any(len(gap) > 1 for gap in gaps) or before):
            raise CheckpointError(
                "The network has an activation before a batch norm, or two in a row",
                "convolution, batch norm, activation, in this order",
                "Stacks of another order are not read",
            )
        inner = gaps[:-1]
        last = [name for name in gaps[-1] if name in _BOUNDING]
        if in_sequence:
            options: dict[str, Any] = {"activation": [(gap or ["none"])[0] for gap in inner]}
            if self.top == "Sequential":
                options["output_activation"] = (gaps[-1] or ["none"])[0]
            elif last:
                options["output_activation"] = last[0]
            return options
        kinds = {name for gap in (before, *gaps) for name in gap} - set(_BOUNDING)
        result: dict[str, Any] = {}
        if all(len(gap) == 1 for gap in inner) and not norm_after:
            result["activation"] = [gap[0] for gap in inner]
        elif len(kinds) == 1:
            result["activation"] = sorted(kinds)
        bounding = {name for gap in (before, *gaps) for name in gap} & set(_BOUNDING)
        if last or len(bounding) == 1:
            result["output_activation"] = (last or sorted(bounding))[0]
        return result


NOTHING_STATED = StatedLayers()
"""Of a state dict."""


def stated_layers(config: Mapping[str, Any]) -> StatedLayers:
    """Read the modules from the settings of a checkpoint.

    Args:
        config: Settings of a file, with the names of its modules.

    Returns:
        The modules in the order of the file; none for a state dict.
    """
    settings: dict[str, dict[str, Any]] = {}
    for name, value in config.items():
        path, _, leaf = name.rpartition(".")
        settings.setdefault(path, {})[leaf] = value
    top = _kind(str(settings.pop("", {}).get(_CLASS, "")))
    modules = {
        path: Module(path, _kind(str(own[_CLASS])), own)
        for path, own in settings.items()
        if _CLASS in own
    }
    return StatedLayers(modules, top)


def _kind(path: str) -> str:
    """A class of torch without its module; any other whole."""
    return path.rpartition(".")[2] if path.startswith("torch.nn.modules.") else path
