"""Files to checkpoints: one kind of file per module, one line here."""

from ..checkpoint import AbstractContainer
from ..registry import Registry
from .safetensors_file import SafetensorsFile
from .torch_file import TorchFile

CONTAINERS: Registry[AbstractContainer] = Registry(
    "container",
    SafetensorsFile(),
    TorchFile(),
)
"""Tried in this order; the first that recognises a file reads it."""
