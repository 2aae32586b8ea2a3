"""Pickles of nested dictionaries, such as a state dict that was pickled without torch."""

from __future__ import annotations

from pathlib import Path

from ...concepts.checkpoint import AbstractContainer, Checkpoint
from .safe_reading.flattening import named_tensors
from .safe_reading.saved_networks import stated_settings
from .safe_reading.unpickling import is_pickle, read_pickle


class PlainPickle(AbstractContainer):
    """Any other pickle with named tensors or arrays."""

    id = "pickle"
    title = "pickle of tensors or arrays"
    suffixes = (".pkl", ".pickle")

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: the first bytes of a pickle."""
        return is_pickle(head)

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        content, reading = read_pickle(path, "a pickle")
        tensors = named_tensors(content, reading)
        config = stated_settings(content, reading)
        return Checkpoint(tensors, str(path), self.id, config, withheld=reading.withheld)
