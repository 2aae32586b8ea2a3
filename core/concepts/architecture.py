"""How an architecture is recognised, described, built and linearised."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .checkpoint import KeySignature
from .conditions import Conditions
from .linearisation import AbstractLinearisation
from .network import AbstractNetwork


class AbstractArchitecture(ABC):
    """One family of generators: recognises its tensors, and builds and linearises its network."""

    id: str
    """Short stable name, such as "stylegan2"."""
    title: str
    """Name for people, such as "StyleGAN2"."""
    signature: KeySignature
    """Canonical names and numbers of axes that every file of the family has."""
    options: Mapping[str, str]
    """Settings that shapes do not determine, with their meaning; keywords of `load_generator`."""

    def missing(self, tensors: Mapping[str, Tensor]) -> list[str]:
        """Conditions of this family that canonical tensors do not meet, in words.

        Args:
            tensors: Canonical names to tensors.

        Returns:
            One entry per unmet condition; empty for a match.
        """
        return self.signature.missing(tensors)

    @abstractmethod
    def settings(self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> Any:
        """Derive the settings from the shapes, and from the config what shapes do not determine.

        Args:
            tensors: Canonical names to tensors.
            config: Values for `options`, where known; other entries are ignored.

        Returns:
            A frozen dataclass.

        Raises:
            CheckpointError: The shapes are inconsistent.
        """

    @abstractmethod
    def build(self, settings: Any) -> AbstractNetwork:
        """Build an untrained network.

        Args:
            settings: The settings that `settings` returned.

        Returns:
            The network, on the current default device.
        """

    def linearise(
        self, network: Any, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation | None:
        """The derivative of one image, for architectures that implement one.

        Args:
            network: The network that `build` returned, with trained weights.
            inputs: Styles `[1, sum of channels]` where `GeneratorSpec.styles` lists any, else the
                latents of the layers, `[1, num_ws, latent_dim]`.
            conditions: Classes and noise; the noise mode is "const" or "none".
            dtype: Precision of the tangents.

        Returns:
            The linearisation; none where forward mode (`torch.func.jvp`) is used instead.
        """
        return None
