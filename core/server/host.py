"""What a front provides to explorers: generators on their device, Jacobians, and its own words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ..base.wording import Front
from ..concepts.generator import Generator
from ..explorer.holding import Holds
from ..generators.layers.reuse import PartOutputs
from ..jacobians.options import JacobianOptions
from .jobs import Job

BUSY_SECONDS = 20.0
"""Longest that a request waits for the device; the page may ask again."""


class BusyError(Exception):
    """The device has been in use for longer than a request waits."""


class AbstractHost(ABC):
    """A front in which explorers run."""

    front: Front
    """The words of messages."""
    gone: str
    """The answer to a page whose session is not open."""
    busy: str
    """The answer to a page whose request has waited for `BUSY_SECONDS`."""
    holds: Holds
    """The images that were held last."""
    parts: PartOutputs
    """The features of the picture that was drawn last."""

    @abstractmethod
    def generator(self, loaded: Any, measuring: bool, job: Job) -> Generator:
        """Put a generator on its device.

        Args:
            loaded: The generator of a session, as the front passed it to `Sessions.open`.
            measuring: Whether a Jacobian will be computed, which needs more memory.
            job: The job that needs it; reports waiting, and may be cancelled.

        Returns:
            The generator, ready to render.

        Raises:
            BusyError: The device is in use for longer than `BUSY_SECONDS`.
        """

    @abstractmethod
    def jacobian_options(self, gan: Generator) -> JacobianOptions:
        """How Jacobians are computed for pages.

        Args:
            gan: The generator, on its device.

        Returns:
            Options with a cache, that fit the free memory.
        """
