"""The mapping network of StyleGAN, StyleGAN2 and StyleGAN3 (Karras et al., 2019, 2020, 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import Embedding, Module, Parameter

from ....base.errors import CheckpointError
from ...declared_config import declared_number, numbers_in_names
from ..activations import scaled_activation
from .dense import EqualizedDense, normalize_second_moment

CLASSES = {"c_dim": "number of classes; 0 states that a class embedding in the file is not used"}
"""Option of architectures with a mapping network, and its meaning."""


class MappingSettings(Protocol):
    """Settings of a network that determine its mapping network."""

    @property
    def z_dim(self) -> int:
        """Size of z."""
        ...

    @property
    def mapping_widths(self) -> tuple[int, ...]:
        """Outputs of each layer; the last is w_dim."""
        ...

    @property
    def c_dim(self) -> int:
        """Number of classes; 0 for none."""
        ...

    @property
    def embed_features(self) -> int:
        """Size of the class embedding; used where `c_dim` is not 0."""
        ...

    @property
    def lr_multiplier(self) -> float:
        """Learning-rate multiplier of the layers; see `EqualizedDense`."""
        ...


@dataclass(frozen=True)
class MappingSizes:
    """Sizes of a mapping network, as read from the shapes of its tensors."""

    z_dim: int
    """Size of z."""
    c_dim: int
    """Number of classes; 0 for none."""
    embed_features: int
    """Size of the class embedding; 0 without classes."""
    widths: tuple[int, ...]
    """Outputs of each layer."""
    label_concat: bool
    """Whether the embedding is a plain matrix; see `MappingNetwork`."""
    class_table: tuple[int, int] | None = None
    """Rows and columns of a table of class vectors; see `MappingNetwork`."""
    class_means: bool = False
    """Whether there is a mean w for each class."""


def read_mapping(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> MappingSizes:
    """Read the sizes of a mapping network from the shapes of its tensors.

    Args:
        tensors: Canonical names to tensors: layers `mapping.fc<i>`, and for classes
            `mapping.label_weight` `[c_dim, features]`, `mapping.embed.weight` `[features, c_dim]`,
            or a table `mapping.embed.weight` `[rows, columns]` before a layer `mapping.embed_proj`.
            A table that no such layer follows is not used.
        config: `c_dim`, where the file or the user states it; with 0 a class embedding is ignored.

    Returns:
        The sizes.

    Raises:
        CheckpointError: The number of classes that is stated, or of those that have a mean w,
            contradicts the tensors, or the network takes an embedded class and there is no
            embedding.
    """
    stated = None if config.get("c_dim") is None else int(declared_number(config, "c_dim", 0))
    embed, label = tensors.get("mapping.embed.weight"), tensors.get("mapping.label_weight")
    project, inputs = tensors.get("mapping.embed_proj.weight"), tensors["mapping.fc0.weight"]
    averaged = _averaged_classes(tensors)
    table: tuple[int, int] | None = None
    classes = features = 0
    if label is not None:
        classes, features = label.shape
    elif embed is not None and project is not None:
        table, features = (embed.shape[0], embed.shape[1]), project.shape[0]
        classes = _classes_of_table(table[0], averaged if stated is None else stated)
    elif embed is not None and not _is_unused(tensors, embed.shape[0]):
        features, classes = embed.shape
    if stated is not None and stated != classes:
        if stated:
            raise CheckpointError(
                f"c_dim is stated as {stated}, and the file embeds {classes or 'no'} classes",
                "the same number",
                "The export may have lost the class embedding; use the original checkpoint",
            )
        features = classes = 0
    if averaged not in (0, classes):
        raise CheckpointError(
            f"The file has a mean w for {averaged} classes and embeds {classes or 'none'}",
            "one for each class",
            "The export may have lost the class embedding; use the original checkpoint",
        )
    numbers = numbers_in_names(tensors, r"mapping\.fc(\d{1,5})\.weight")
    widths = tuple(tensors[f"mapping.fc{number}.weight"].shape[0] for number in numbers)
    z_dim = inputs.shape[1] - features
    if stated is None and not classes and z_dim == 2 * widths[-1]:
        raise CheckpointError(
            f"The mapping network takes {z_dim} numbers, twice as many as w has, and no class "
            "embedding is in the file",
            "z and an embedded class, or z alone",
            "The export of a conditional generator may have lost its embedding: use the original "
            "checkpoint. If it has no classes, give «option c_dim=0»",
        )
    concat = label is not None and classes > 0
    return MappingSizes(z_dim, classes, features, widths, concat, table, averaged > 0)


def _averaged_classes(tensors: Mapping[str, Tensor]) -> int:
    """Number of classes that have a mean w of their own; 0 for one mean, or none."""
    mean = tensors.get("mapping.w_avg")
    return mean.shape[0] if mean is not None and mean.ndim == 2 else 0


def _classes_of_table(rows: int, known: int) -> int:
    """Number of classes of a table, which uses its first rows; all rows unless it is known."""
    if known > rows:
        raise CheckpointError(
            f"The class table has {rows} rows for {known} classes", "a row for each class"
        )
    return known or rows


def _is_unused(tensors: Mapping[str, Tensor], features: int) -> bool:
    """Whether an embedding is a table that no layer reads, as in StyleGAN-XL without classes."""
    # A layer that is used has a bias, and its outputs are a part of the inputs of the first layer.
    narrow = tensors["mapping.fc0.weight"].shape[1] <= features
    return narrow and "mapping.embed.bias" not in tensors


class MappingNetwork(Module):
    """Fully connected layers from z and the embedded class, both normalised, to w.

    Args:
        settings: Sizes and learning rate.
        label_concat: Whether the embedding is a plain matrix `label_weight [c_dim, features]` whose
            row is normalised together with z, as in StyleGAN and the first StyleGAN2; else it is a
            layer `embed` whose output is normalised on its own.
        activation: Name of the activation of the layers, for `scaled_activation`.
        class_table: Rows and columns of a table `embed` of class vectors, which a layer
            `embed_proj` with activation maps to `embed_features` numbers, as in StyleGAN-XL (Sauer
            et al., SIGGRAPH 2022, section 3.3); none for an embedding of one layer.
        class_means: Whether `w_avg` has a row for each class.
    """

    def __init__(
        self,
        settings: MappingSettings,
        label_concat: bool = False,
        activation: str = "lrelu",
        class_table: tuple[int, int] | None = None,
        class_means: bool = False,
    ) -> None:
        super().__init__()
        self.activation = scaled_activation(activation)
        width, features = settings.z_dim, settings.embed_features
        if settings.c_dim and label_concat:
            self.label_weight = Parameter(torch.randn(settings.c_dim, features))
        elif settings.c_dim and class_table is not None:
            self.embed = Embedding(*class_table)
            self.embed_proj = EqualizedDense(class_table[1], features)
        elif settings.c_dim:
            self.embed = EqualizedDense(settings.c_dim, features)
        width += features if settings.c_dim else 0
        self.depth = len(settings.mapping_widths)
        for index, out in enumerate(settings.mapping_widths):
            layer = EqualizedDense(width, out, lr_multiplier=settings.lr_multiplier)
            self.add_module(f"fc{index}", layer)
            width = out
        centres = (settings.c_dim, width) if class_means else (width,)
        self.register_buffer("w_avg", torch.zeros(centres))

    def forward(self, z: Tensor, c: Tensor | None) -> Tensor:
        """Map `z [N, z_dim]` and `c [N, c_dim]` to `[N, w_dim]`."""
        if c is None:
            x = normalize_second_moment(z)
        elif hasattr(self, "label_weight"):
            x = normalize_second_moment(torch.cat([z, c @ self.label_weight], dim=1))
        else:
            embedded = normalize_second_moment(self._embedded(c))
            x = torch.cat([normalize_second_moment(z), embedded], dim=1)
        for index in range(self.depth):
            x = self.activation(self.get_submodule(f"fc{index}")(x))
        return x

    def _embedded(self, c: Tensor) -> Tensor:
        """Classes `[N, c_dim]` to `[N, embed_features]`; linear in c up to the activation."""
        if not isinstance(self.embed, Embedding):
            return self.embed(c)
        return self.activation(self.embed_proj(c @ self.embed.weight[: c.shape[1]]))
