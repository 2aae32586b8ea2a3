"""Pickles of nested dictionaries: a state dict that somebody pickled without torch."""

from __future__ import annotations

from pathlib import Path

from ...concepts.checkpoint import AbstractContainer, Checkpoint
from .safe_reading.flattening import tensors
from .safe_reading.saved_networks import stated_settings
from .safe_reading.unpickling import is_pickle, read_pickle


class PlainPickle(AbstractContainer):
    """Any other pickle that holds tensors or arrays by name."""

    id = "pickle"
    title = "pickle of tensors or arrays"
    suffixes = (".pkl", ".pickle")

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: whatever begins as pickles do."""
        return is_pickle(head)

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        content, reading = read_pickle(path, "a pickle")
        found = tensors(content, reading)
        if not found:
            raise reading.empty(content)
        return Checkpoint(found, str(path), self.id, stated_settings(content, reading))
