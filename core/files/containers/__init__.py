"""Kinds of file: each container reads one kind into a checkpoint and has one line here."""

from ...base.registry import Registry
from ...concepts.checkpoint import AbstractContainer
from .huggingface_folder import HuggingFaceFolder
from .nvlabs_pickle import NvlabsPickle
from .plain_pickle import PlainPickle
from .safetensors_file import SafetensorsFile
from .tensorflow_pickle import TensorflowPickle
from .torch_file import TorchFile
from .zipped_model import ZippedModel

_MODELS = (
    HuggingFaceFolder(),
    SafetensorsFile(),
    TorchFile(),
    NvlabsPickle(),
    TensorflowPickle(),
    PlainPickle(),
)

CONTAINERS: Registry[AbstractContainer] = Registry("container", ZippedModel(_MODELS), *_MODELS)
"""Tried in this order; the first that recognises a file reads it. Legacy torch files are pickles
too, but only they begin with torch's magic number; a torch file inside another pickle has it
later."""
