"""Files to checkpoints: one kind of file per module, one line here."""

from ...base.registry import Registry
from ...concepts.checkpoint import AbstractContainer
from .huggingface_folder import HuggingFaceFolder
from .nvlabs_pickle import NvlabsPickle
from .plain_pickle import PlainPickle
from .safetensors_file import SafetensorsFile
from .tensorflow_pickle import TensorflowPickle
from .torch_file import TorchFile

CONTAINERS: Registry[AbstractContainer] = Registry(
    "container",
    HuggingFaceFolder(),
    SafetensorsFile(),
    TorchFile(),
    NvlabsPickle(),
    TensorflowPickle(),
    PlainPickle(),
)
"""Tried in this order; the first that recognises a file reads it. A pickle within a pickle belongs
to the outer one: torch's magic number stands at the head of its own files alone."""
