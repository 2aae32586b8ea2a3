"""The command line as a host of explorers: one generator, loaded once."""

from __future__ import annotations

from dataclasses import dataclass

from ...concepts.generator import Generator
from ...explorer.holding import Holds
from ...generators.layers.reuse import PartOutputs
from ...jacobians.cache import JacobianCache
from ...jacobians.options import JacobianOptions
from ...server.host import AbstractHost
from ...server.jobs import Job
from ..wording import COMMAND_LINE


@dataclass(frozen=True)
class OpenGenerator:
    """A generator that stays on its device."""

    generator: Generator
    """The generator."""


class StandaloneHost(AbstractHost):
    """Nothing else uses the device, so that no request waits for it."""

    front = COMMAND_LINE
    gone = "The program was started anew. Open the address that it printed."
    busy = "The device is in use. Try again later."

    def __init__(self) -> None:
        self.holds, self.parts = Holds(), PartOutputs()
        self._cache = JacobianCache()

    def generator(self, loaded: OpenGenerator, measuring: bool, job: Job) -> Generator:
        """See `AbstractHost.generator`."""
        return loaded.generator

    def jacobian_options(self, gan: Generator) -> JacobianOptions:
        """See `AbstractHost.jacobian_options`."""
        return JacobianOptions(cache=self._cache)
