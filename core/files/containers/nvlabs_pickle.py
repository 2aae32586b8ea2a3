"""NVIDIA's pickles of the PyTorch era: StyleGAN2-ADA, StyleGAN3 and their forks.

A file is a dictionary of networks: `G`, `D`, `G_ema`, perhaps `augment_pipe`. Each network and each
of its modules is a persistent object: a call of one function with class name, state, and the source
code of the class. The code is neither run nor stored; names, shapes and constructor arguments are
enough to rebuild the network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...concepts.checkpoint import AbstractContainer, Checkpoint
from .safe_reading.flattening import named_tensors, plain_settings
from .safe_reading.saved_networks import networks, stated_settings
from .safe_reading.unpickling import is_pickle, names_in, read_pickle


class NvlabsPickle(AbstractContainer):
    """.pkl files of persistent objects."""

    id = "nvlabs-pickle"
    title = "NVIDIA pickle, PyTorch era"
    suffixes = (".pkl",)

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: a pickle that names their constructor."""
        return is_pickle(head) and names_in(path, b"_reconstruct_persistent_obj")

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        content, reading = read_pickle(path, "an NVIDIA pickle")
        tensors = named_tensors(content, reading)
        details: dict[str, Any] = {
            "networks": {name: net.name.path.lstrip(".") for name, net in networks(content).items()}
        }
        training_set = content.get("training_set_kwargs") if isinstance(content, dict) else None
        if training_set:
            details["training_set"] = plain_settings(training_set, reading)
        config = stated_settings(content, reading)
        return Checkpoint(tensors, str(path), self.id, config, details, withheld=reading.withheld)
