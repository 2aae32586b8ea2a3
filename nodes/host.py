"""ComfyUI itself: devices, memory, progress, cancelling.

The only file that imports `comfy` and its kin; `folders` alone knows `folder_paths`.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

import comfy.model_management as management
import comfy.model_patcher
import comfy.utils
from comfy.patcher_extension import CallbacksMP
from torch import Tensor

from ..core.base.execution import plain_tensors
from ..core.base.progress import Progress
from ..core.concepts.generator import Generator
from ..core.generators.architectures import ARCHITECTURES
from ..core.generators.rendering import chunk_that_fits, features_per_item
from ..core.jacobians.options import JacobianOptions
from . import kept_jacobians
from .sockets import LoadedGAN

_log = logging.getLogger(__name__)

_JACOBIAN_BYTES = 8 << 30
"""Most that measuring asks ComfyUI to make free; larger Jacobians lie elsewhere, or in parts."""


def adopt(generator: Generator, name: str) -> LoadedGAN:
    """Put a generator into ComfyUI's care.

    Args:
        generator: On the CPU.
        name: What people call it.

    Returns:
        The handle that travels between nodes.
    """
    patcher = comfy.model_patcher.ModelPatcher(
        generator.network, management.get_torch_device(), management.unet_offload_device()
    )
    patcher.add_callback(CallbacksMP.ON_DETACH, _unloaded)
    spec = generator.spec
    title = ARCHITECTURES[spec.architecture].title
    height, width = spec.img_size
    classes = f", {spec.c_dim} classes" if spec.c_dim else ""
    label = f"{name}: {title}, {width} x {height} pixels, {spec.num_ws} layers{classes}"
    return LoadedGAN(generator, patcher, label)


def _unloaded(patcher: object, unpatch_all: bool = True) -> None:
    """What ComfyUI tells when it takes a generator off its device, for want of room or on demand.

    It tells the same, without unpatching, whenever it loads one that is there already.
    """
    if unpatch_all:
        kept_jacobians.drop()


@dataclass
class Session:
    """One node at work."""

    generator: Generator
    """Ready on its device."""
    notes: list[str] = field(default_factory=list)
    """Sentences for the user; warnings join them when the session ends."""

    @property
    def report(self) -> str:
        """All notes, one per line."""
        return "\n".join(self.notes)

    def effort(self, precision: str, beside: bool = False) -> JacobianOptions:
        """How Jacobians are had here, those kept by earlier runs included.

        Args:
            precision: One of `kept_jacobians.PRECISIONS`.
            beside: Whether a graph may run at the same time.

        Returns:
            See `kept_jacobians.effort`.
        """
        device = self.generator.device
        free = management.get_free_memory(device)
        return kept_jacobians.effort(precision, device, free, beside)


@contextlib.contextmanager
def session(gan: LoadedGAN, measuring: bool = False) -> Iterator[Session]:
    """Everything that a node computes with a generator happens in here.

    ComfyUI's memory management brings the generator to the device; see `plainly` for the rest.

    Args:
        gan: The generator.
        measuring: Whether a Jacobian is measured, which takes more memory than drawing.

    Yields:
        The session.
    """
    with plainly() as notes:
        yield Session(ready(gan, measuring), notes)


@contextlib.contextmanager
def plainly() -> Iterator[list[str]]:
    """Everything else that a node computes happens in here.

    Inference mode is off: weights that are moved within it, and codes that are made within it,
    can never be differentiated. Warnings of the core become notes.

    Yields:
        Sentences for the user, to be shown on the node; they are logged at the end.
    """
    notes: list[str] = []
    with plain_tensors(), warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        yield notes
        notes.extend(dict.fromkeys(str(warning.message) for warning in heard))
    for note in notes:
        _log.info("%s", note)


def ready(gan: LoadedGAN, measuring: bool) -> Generator:
    """The generator on its device, with room for the work; only ever asked by who runs alone.

    ComfyUI's memory management knows no lock: a running graph owns it, and nothing else may load
    meanwhile (see `live.borrowing`).

    Args:
        gan: The generator.
        measuring: See `session`.

    Returns:
        It, ready to draw.
    """
    spec = gan.generator.spec
    needed = features_per_item(spec) * chunk_that_fits(spec, gan.patcher.load_device)
    if measuring:
        numbers = spec.latent_dim * spec.img_channels * spec.img_size[0] * spec.img_size[1]
        needed += min(_JACOBIAN_BYTES, 4 * numbers)
    management.load_models_gpu([gan.patcher], memory_required=needed)
    # Some versions leave networks without ComfyUI's own layers where they were.
    return gan.generator.to(device=gan.patcher.load_device)


def progress() -> Progress:
    """A bar on the node that is running; raises when the user cancels.

    Returns:
        A callable (done, total).
    """
    bar = comfy.utils.ProgressBar(1)

    def report(done: int, total: int) -> None:
        management.throw_exception_if_processing_interrupted()
        bar.update_absolute(done, total)

    return report


def hand_out(tensor: Tensor) -> Tensor:
    """Bring an image or a mask to where ComfyUI wants what nodes give away.

    Args:
        tensor: Any tensor.

    Returns:
        It, on that device.
    """
    return tensor.to(management.intermediate_device())
