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
    """One family of generators: a signature, and the way from tensors to a network."""

    id: str
    """Short stable name, such as "stylegan2"."""
    title: str
    """Name for people, such as "StyleGAN2"."""
    signature: KeySignature
    """Canonical names and numbers of axes that every file of the family has."""
    options: Mapping[str, str]
    """Settings that shapes cannot tell, with what they mean; accepted as keywords when loading."""

    def missing(self, tensors: Mapping[str, Tensor]) -> list[str]:
        """What keeps canonical tensors from being of this family, in words.

        Args:
            tensors: Canonical names to tensors.

        Returns:
            One entry per unmet condition; empty for a match.
        """
        return self.signature.missing(tensors)

    @abstractmethod
    def settings(self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> Any:
        """Read the settings off the shapes; config fills in what shapes cannot tell.

        Args:
            tensors: Canonical names to tensors.
            config: Values for `options`, where known; other entries are ignored.

        Returns:
            A frozen dataclass.

        Raises:
            CheckpointError: The shapes contradict each other.
        """

    @abstractmethod
    def build(self, settings: Any) -> AbstractNetwork:
        """An untrained network.

        Args:
            settings: What `settings` returns.

        Returns:
            The network, on the current default device.
        """

    def linearise(
        self, network: Any, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation | None:
        """The derivative of one image, for architectures that have a linearisation of their own.

        Args:
            network: What `build` returned, with its weights.
            inputs: Styles `[1, sum of channels]` where `GeneratorSpec.styles` lists any, else the
                latents of the layers, `[1, num_ws, latent_dim]`.
            conditions: Classes and noise; the noise is constant or absent.
            dtype: Precision of the tangents.

        Returns:
            The linearisation; none where forward mode (`torch.func.jvp`) is used instead.
        """
        return None
