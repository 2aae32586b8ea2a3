"""ComfyUI's devices, memory management, progress and cancelling.

The only file that imports `comfy`; only `folders` imports `folder_paths`.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import comfy.model_management as management
import comfy.model_patcher
import comfy.utils
from comfy.cli_args import args
from comfy.patcher_extension import CallbacksMP
from PIL import Image
from torch import Tensor

from ..core.base.errors import PackError
from ..core.base.execution import plain_tensors
from ..core.base.progress import Progress
from ..core.base.wording import PackWarning
from ..core.concepts.generator import Generator
from ..core.generators.description import generator_label
from ..core.generators.rendering import chunk_that_fits, features_per_item
from ..core.jacobians.options import JacobianOptions
from . import jacobian_cache
from .sockets import LoadedGAN
from .wording import NODES

_log = logging.getLogger(__name__)

_JACOBIAN_BYTES = 8 << 30
"""Most bytes that ComfyUI is asked to free for a Jacobian; the rest is stored elsewhere, or the
Grams are accumulated from blocks."""

_PREVIEW_SECONDS, _PREVIEW_SIDE = 0.5, 512
"""Time between two previews of a running node, and their longer side in pixels."""


def loaded_gan(generator: Generator, name: str) -> LoadedGAN:
    """Wrap a generator so that ComfyUI's memory management moves it between devices.

    Args:
        generator: A generator on the CPU.
        name: Its name, for the label.

    Returns:
        The value that nodes pass on.
    """
    patcher = comfy.model_patcher.ModelPatcher(
        generator.network, management.get_torch_device(), management.unet_offload_device()
    )
    patcher.add_callback(CallbacksMP.ON_DETACH, _unloaded)
    return LoadedGAN(generator, patcher, generator_label(name, generator.spec))


def _unloaded(patcher: object, unpatch_all: bool = True) -> None:
    """Clear all Jacobians when ComfyUI unloads a generator, to free memory or on demand.

    ComfyUI also calls this, without unpatching, when it loads a generator that is loaded already.
    """
    if unpatch_all:
        jacobian_cache.clear()


@dataclass
class Session:
    """A generator on its device, and notes for the user, while a node runs."""

    generator: Generator
    """The generator, on its device."""
    notes: list[str] = field(default_factory=list)
    """Sentences for the user; warnings are appended when the session ends."""

    @property
    def report(self) -> str:
        """All notes, one per line."""
        return "\n".join(self.notes)

    def jacobian_options(self, precision: str, beside: bool = False) -> JacobianOptions:
        """How Jacobians are computed on this device, with the cache of earlier runs.

        Args:
            precision: One of `jacobian_cache.PRECISIONS`.
            beside: Whether a graph may run at the same time.

        Returns:
            Options that fit the free memory.
        """
        device = self.generator.device
        free = management.get_free_memory(device)
        return jacobian_cache.jacobian_options(precision, device, free, beside)


@contextlib.contextmanager
def session(
    gan: LoadedGAN, measuring: bool = False, beside: Sequence[Any] = (), extra: int = 0
) -> Iterator[Session]:
    """Context for all that a node computes with a generator.

    Loads the generator to its device, disables inference mode and collects warnings as
    `collect_notes` does.

    Args:
        gan: The generator.
        measuring: Whether a Jacobian is computed, which takes more memory than rendering.
        beside: Other models of ComfyUI that are used in turn with the generator.
        extra: Further bytes that the work takes on the generator's device.

    Yields:
        The session.
    """
    with collect_notes() as notes:
        yield Session(ready(gan, measuring, beside, extra), notes)


@contextlib.contextmanager
def collect_notes() -> Iterator[list[str]]:
    """Context for all that a node computes without a generator.

    Disables inference mode, since weights and codes created in it can never be differentiated.
    Collects the warnings of core as notes.

    Yields:
        Sentences for the user, to be shown on the node; they are logged on exit.

    Raises:
        PackError: The original error, in the words of the nodes.
    """
    notes: list[str] = []
    with plain_tensors(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", PackWarning)
        try:
            yield notes
        except PackError as error:
            parts = (error.found, error.expected, error.remedy)
            raise type(error)(*map(NODES.word, parts)) from error
        warned = [w.message.advice for w in caught if isinstance(w.message, PackWarning)]
        notes.extend(dict.fromkeys(map(NODES.word, warned)))
    for note in notes:
        _log.info("%s", note)


def ready(gan: LoadedGAN, measuring: bool, beside: Sequence[Any] = (), extra: int = 0) -> Generator:
    """Load a generator to its device, and free memory for the work.

    ComfyUI's memory management has no lock: only the running graph may call this, or a caller
    that holds the queue (see `explorer.device_access`).

    Args:
        gan: The generator.
        measuring: Whether a Jacobian is computed, which takes more memory than rendering.
        beside: Patchers of other models that stay loaded with it.
        extra: Further bytes that the work takes there.

    Returns:
        The generator, ready to render.
    """
    spec = gan.generator.spec
    needed = extra + features_per_item(spec) * chunk_that_fits(spec, gan.patcher.load_device)
    if measuring:
        numbers = spec.latent_dim * spec.img_channels * spec.img_size[0] * spec.img_size[1]
        needed += min(_JACOBIAN_BYTES, 4 * numbers)
    management.load_models_gpu([gan.patcher, *beside], memory_required=needed)
    # Some versions of ComfyUI do not move networks without its own layers.
    return gan.generator.to(device=gan.patcher.load_device)


def progress(picture: Callable[[int], Image.Image | None] | None = None) -> Progress:
    """The progress bar of the running node.

    Args:
        picture: Returns the picture that the node shows meanwhile, if there is one yet; called at
            most every `_PREVIEW_SECONDS`.

    Returns:
        A callable (done, total), which raises when the user cancels.
    """
    bar = comfy.utils.ProgressBar(1)
    shown = -math.inf

    def report(done: int, total: int) -> None:
        nonlocal shown
        management.throw_exception_if_processing_interrupted()
        preview = None
        if picture is not None and done and time.monotonic() - shown > _PREVIEW_SECONDS:
            image = picture()
            preview = None if image is None else ("JPEG", image, _PREVIEW_SIDE)
            shown = time.monotonic()
        bar.update_absolute(done, total, preview)

    return report


def saves_metadata() -> bool:
    """Whether pictures hold the graph that made them; `--disable-metadata` of ComfyUI says no.

    Returns:
        True where they do.
    """
    return not args.disable_metadata


def to_intermediate_device(tensor: Tensor) -> Tensor:
    """Move an image or a mask to the device on which ComfyUI expects outputs of nodes.

    Args:
        tensor: Any tensor.

    Returns:
        The same values on that device.
    """
    return tensor.to(management.intermediate_device())
