"""Settings of DCGAN-type networks, and how they are read from shapes or inferred."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from torch import Tensor

from ....base.errors import CheckpointError
from ...layers.activations import activation as activation_of
from .choices import Choice
from .geometry import LARGEST, Pair, PartialGeometry, read_pairs
from .inference import DISTRIBUTIONS, Stage, infer
from .layer import DCGANLayer, checked_size
from .size_search import with_geometry

OUTPUT_ACTIVATIONS = ("tanh", "sigmoid", "none")
"""Activations after the image layer; the [0, 1] of a sigmoid is rescaled to [-1, 1]."""
NORM_TENSORS = ("weight", "bias", "running_mean", "running_var")
"""Names of a batch norm's tensors."""


@dataclass(frozen=True)
class DCGANSettings:
    """Sizes and options of one DCGAN-type network."""

    layers: tuple[DCGANLayer, ...]
    """From the latent to the image; two or more."""
    activation: tuple[str, ...] = ("relu",)
    """After each layer but the last, or one for all; names as in `layers.activations`."""
    distribution: str = "normal"
    """Of each entry of z: "normal", or "uniform" on [-1, 1]."""
    output_activation: str = "tanh"
    """One of `OUTPUT_ACTIVATIONS`."""
    inference: tuple[Choice, ...] = field(default=(), compare=False)
    """Every inferred setting with its certainty; empty where none was inferred."""
    doubts: tuple[str, ...] = field(default=(), compare=False)
    """Sentences on the size of the image, where it is a guess."""

    def __post_init__(self) -> None:
        """Validate the settings.

        Raises:
            CheckpointError: Layers do not fit together, or a name is unknown.
        """
        pairs = zip(self.layers, self.layers[1:], strict=False)
        for index, (below, above) in enumerate(pairs, start=1):
            if below.outputs != above.inputs:
                raise CheckpointError(
                    f"Layer {index} takes {above.inputs} channels", f"{below.outputs} channels"
                )
        if [layer.first for layer in self.layers] != [True] + [False] * (len(self.layers) - 1):
            raise CheckpointError(
                "A layer other than the first has the latent as input", "the first"
            )
        size = self.img_size
        if max(size) > LARGEST:
            raise CheckpointError(
                f"The layers make an image of {size[0]} x {size[1]} pixels", f"{LARGEST} at most"
            )
        for name in self.activation:
            activation_of(name)
        if len(self.activation) not in (1, len(self.layers) - 1):
            raise CheckpointError(
                f"{len(self.activation)} activations were given",
                f"one for all, or {len(self.layers) - 1}: one after each layer but the last",
            )
        for option, value, known in (
            ("distribution", self.distribution, DISTRIBUTIONS),
            ("output_activation", self.output_activation, OUTPUT_ACTIVATIONS),
        ):
            if value not in known:
                raise CheckpointError(f"Unknown {option} {value!r}", f"one of {', '.join(known)}")

    @property
    def img_size(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        size = (1, 1)
        for layer in self.layers:
            size = checked_size(layer, layer.placed, size)
        return size

    @property
    def img_resolution(self) -> Pair:
        """The same, under the name of the option."""
        return self.img_size

    @property
    def stride(self) -> tuple[Pair, ...]:
        """Rows and columns of each layer's stride."""
        return tuple(layer.stride for layer in self.layers)

    @property
    def padding(self) -> tuple[Pair, ...]:
        """Rows and columns of each layer's padding."""
        return tuple(layer.padding for layer in self.layers)

    @property
    def output_padding(self) -> tuple[Pair, ...]:
        """Rows and columns of each layer's output padding."""
        return tuple(layer.output_padding for layer in self.layers)

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation after each layer but the last."""
        one_for_all = len(self.activation) == 1
        return self.activation * (len(self.layers) - 1) if one_for_all else self.activation

    def notes(self) -> dict[str, list[str]]:
        """The inferred settings, and warnings for doubtful ones.

        Returns:
            "inferred": one line per choice; "warnings": one text per doubtful choice. Empty lists
            are left out.
        """
        doubts = [
            f"The {choice.subject} was taken to be {choice.value}, but {choice.doubt}. "
            f"If you know better, give «option {choice.subject.split()[0]}=...»"
            for choice in self.inference
            if choice.doubt
        ]
        doubts += self.doubts
        notes = {"inferred": [str(choice) for choice in self.inference], "warnings": doubts}
        return {kind: lines for kind, lines in notes.items() if lines}


def read_settings(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> DCGANSettings:
    """Read the settings from the shapes of the tensors, and infer the others.

    Args:
        tensors: Canonical names to tensors.
        config: Values of the architecture's options, where known; others are ignored.

    Returns:
        The settings, with the certainty of each inferred one.

    Raises:
        CheckpointError: The shapes contradict each other, or a declared name is unknown.
    """
    found = (re.match(r"synthesis\.layer(\d+)\.", name) for name in tensors)
    count = 1 + max(int(match.group(1)) for match in found if match)
    layers = tuple(_read_layer(tensors, index) for index in range(count))
    output = config.get("output_activation") or "tanh"
    activation, distribution = _names(config.get("activation")), config.get("distribution")
    stated = _stated_geometries(config, layers)
    target = read_pairs("img_resolution", _as_size(config.get("img_resolution")), 1)
    given = DCGANSettings(
        _with_stated(layers, stated), activation or ("relu",), distribution or "normal", output
    )
    if activation and distribution and all(geometry.is_complete for geometry in stated):
        _require_size(given, target)
        return given
    stages = [
        _stage(tensors, index, layer, known)
        for index, (layer, known) in enumerate(zip(layers, stated, strict=True))
    ]
    known = given.activations if activation else None
    inferred = infer(stages, layers[0].inputs, distribution, known)
    layers, doubts = with_geometry(layers, stated, inferred, target[0] if target else None)
    chosen = inferred.choices
    names = tuple(c.value for c in chosen if c.subject.startswith("activation"))
    sources = [c.value for c in chosen if c.subject == "distribution"]
    return DCGANSettings(
        layers,
        activation or names,
        distribution or sources[0],
        output,
        chosen,
        (*doubts, *_output_doubts(layers, config)),
    )


def _read_layer(tensors: Mapping[str, Tensor], index: int) -> DCGANLayer:
    """One layer, from its canonical tensors."""
    root = f"synthesis.layer{index}"
    kinds = [kind for kind in ("deconv", "conv") if f"{root}.{kind}.weight" in tensors]
    if len(kinds) != 1 or tensors[f"{root}.{kinds[0]}.weight"].ndim != 4:
        raise CheckpointError(
            f"{root} has {' and '.join(kinds) or 'no'} weights",
            f"one convolution's weight of 4 axes, {root}.deconv.weight or {root}.conv.weight",
        )
    lacking = [part for part in NORM_TENSORS if f"{root}.norm.{part}" not in tensors]
    if 0 < len(lacking) < len(NORM_TENSORS):
        raise CheckpointError(
            f"{root}.norm lacks {', '.join(lacking)}", f"all of {', '.join(NORM_TENSORS)}"
        )
    ends = tuple(tensors[f"{root}.{kinds[0]}.weight"].shape)
    transposed = kinds[0] == "deconv"
    return DCGANLayer(
        inputs=ends[0] if transposed else ends[1],
        outputs=ends[1] if transposed else ends[0],
        kernel=(ends[2], ends[3]),
        transposed=transposed,
        first=index == 0,
        bias=f"{root}.{kinds[0]}.bias" in tensors,
        norm=not lacking,
    )


def _output_doubts(layers: tuple[DCGANLayer, ...], config: Mapping[str, Any]) -> tuple[str, ...]:
    """Grey images are often trained with a sigmoid; nothing in a state dict tells."""
    if layers[-1].outputs != 1 or config.get("output_activation"):
        return ()
    return (
        "The file does not state its output activation; tanh was assumed. If grey images look "
        "pale, give «option output_activation=sigmoid»",
    )


def _as_size(value: Any) -> Any:
    """A size of height and width as one pair."""
    return [value] if isinstance(value, (list, tuple)) and len(value) == 2 else value


def _stated_geometries(
    config: Mapping[str, Any], layers: tuple[DCGANLayer, ...]
) -> tuple[PartialGeometry, ...]:
    """What is stated of each layer; a single value is meant for all layers after the first."""
    names = ("stride", "padding", "output_padding")
    values = {name: config.get(name) for name in names}
    rows = {name: read_pairs(name, value, len(layers)) for name, value in values.items()}
    result: list[PartialGeometry] = []
    for index in range(len(layers)):
        own: dict[str, Pair] = {}
        for name, pairs in rows.items():
            single = not isinstance(values[name], (list, tuple)) and "," not in str(values[name])
            if pairs is not None and (index or not single):
                own[name] = pairs[index]
        result.append(PartialGeometry(**own))
    return tuple(result)


def _with_stated(
    layers: tuple[DCGANLayer, ...], stated: tuple[PartialGeometry, ...]
) -> tuple[DCGANLayer, ...]:
    """The layers with what is stated of them, and the usual values for the rest."""
    return tuple(
        replace(layer, geometry=known.matching(layer.kernel, layer.transposed, layer.first)[0])
        for layer, known in zip(layers, stated, strict=True)
    )


def _require_size(settings: DCGANSettings, target: tuple[Pair, ...] | None) -> None:
    """Refuse an image size that the stated strides and paddings do not give."""
    if target and target[0] != settings.img_size:
        height, width = settings.img_size
        raise CheckpointError(
            f"The stated strides and paddings make images of {height} x {width} pixels, not of "
            f"{target[0][0]} x {target[0][1]}",
            "an image size that fits them",
            "Leave out one of the two",
        )


def _stage(
    tensors: Mapping[str, Tensor], index: int, layer: DCGANLayer, stated: PartialGeometry
) -> Stage:
    """One layer for the inference."""
    root = f"synthesis.layer{index}"
    name = f"{root}.deconv" if layer.transposed else f"{root}.conv"
    bias = tensors[f"{name}.bias"].float() if layer.bias else None
    weight = tensors[f"{name}.weight"].float()
    if not layer.norm:
        return Stage(layer, weight, bias, None, stated)
    scale, shift, mean, variance = (tensors[f"{root}.norm.{p}"].float() for p in NORM_TENSORS)
    return Stage(layer, weight, bias, (scale, shift, mean, variance), stated)


def _names(value: Any) -> tuple[str, ...] | None:
    """Declared activations: one name, several separated by commas, or a list of names."""
    if value is None:
        return None
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(","))
    names = tuple(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise CheckpointError(f"The activation {value!r} was given", "a name or a list of names")
    return names
