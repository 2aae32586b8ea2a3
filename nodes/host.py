"""ComfyUI itself: folders, devices, memory, progress, cancelling.

The only file that imports `comfy`, `folder_paths` and their kin.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import comfy.model_management as management
import comfy.model_patcher
import comfy.utils
import folder_paths
from comfy.patcher_extension import CallbacksMP
from torch import Tensor

from ..core.architectures import ARCHITECTURES
from ..core.computing import plain_tensors
from ..core.containers import CONTAINERS
from ..core.errors import CheckpointError, DirectionsError, LatentError, PackError
from ..core.generator import Generator
from ..core.loading import BUNDLED
from ..core.measuring import Effort
from ..core.progress import Progress
from ..core.reading_directions import READERS
from ..core.rendering import chunk_that_fits, features_per_item
from ..core.saving_latents import LATENT_READERS
from . import kept_jacobians
from .naming import named_file
from .sockets import LoadedGAN

_log = logging.getLogger(__name__)

GENERATORS = "gan"
"""ComfyUI's name for the folders of generators."""

DIRECTIONS = "gan_directions"
"""ComfyUI's name for the folders of directions."""

LATENTS = "gan_latents"
"""ComfyUI's name for the folders of latent codes."""

NEWEST = "(newest)"
"""Entry of the lists of directions and latents that means the file saved last."""

_BUNDLED_MARK = " (bundled)"
"""What follows the name of a generator that comes with the pack."""

_JACOBIAN_BYTES = 8 << 30
"""Most that measuring asks ComfyUI to make free; larger Jacobians lie elsewhere, or in parts."""


def register_folders() -> None:
    """Tell ComfyUI where our kinds of files lie; called once, before nodes are listed."""
    models = Path(folder_paths.models_dir)
    places = [models / "gan", models / "stylegan"]
    # Other packs and extra_model_paths.yaml may know further folders of StyleGANs.
    registered = folder_paths.folder_names_and_paths.get("stylegan", ([], set()))[0]
    for place in [*map(str, places), *registered]:
        folder_paths.add_model_folder_path(GENERATORS, place)
    folder_paths.add_model_folder_path(DIRECTIONS, str(models / "gan_directions"))
    folder_paths.add_model_folder_path(LATENTS, str(models / "gan_latents"))
    kinds = ((GENERATORS, CONTAINERS), (DIRECTIONS, READERS), (LATENTS, LATENT_READERS))
    for folder, readers in kinds:
        _set_extensions(folder, {suffix for reader in readers for suffix in reader.suffixes})


def _set_extensions(folder: str, suffixes: set[str]) -> None:
    """List only such files; ComfyUI would list every file of a folder that a pack adds."""
    paths, _ = folder_paths.folder_names_and_paths[folder]
    folder_paths.folder_names_and_paths[folder] = (paths, suffixes)


def generator_names() -> list[str]:
    """Names for the list of LoadGAN: the bundled generators, then all files.

    Returns:
        At least one name.
    """
    bundled = [f"{name}{_BUNDLED_MARK}" for name in BUNDLED]
    return [*bundled, *folder_paths.get_filename_list(GENERATORS)]


def generator_path(name: str) -> Path:
    """The file behind a name in LoadGAN's list.

    Args:
        name: See `generator_names`.

    Returns:
        An existing file.

    Raises:
        CheckpointError: It is not there; the message says which file, where, and what to do.
    """
    bundled = BUNDLED.get(name.removesuffix(_BUNDLED_MARK))
    if bundled is None or not name.endswith(_BUNDLED_MARK):
        return _existing(GENERATORS, name, CheckpointError)
    if not bundled.is_file():
        remedy = "Install or update the pack again, so that its folder assets is complete"
        raise CheckpointError(f"The bundled generator {bundled} is missing", "", remedy)
    return bundled


def _existing(folder: str, name: str, error: type[PackError]) -> Path:
    """A file in the folders of a kind; the error says which file, where, and what to do."""
    found = folder_paths.get_full_path(folder, name)
    if found is None:
        places = " or ".join(folder_paths.get_folder_paths(folder))
        remedy = "Put it there and press R, or choose another one from the list"
        raise error(f"There is no file {name!r}", f"it in {places}", remedy)
    return Path(found)


def direction_names() -> list[str]:
    """Names for the list of GANLoadDirections.

    Returns:
        "(newest)" and all files.
    """
    return [NEWEST, *folder_paths.get_filename_list(DIRECTIONS)]


def directions_path(name: str) -> Path:
    """The file behind a name in the list of directions.

    Args:
        name: See `direction_names`.

    Returns:
        An existing file.

    Raises:
        DirectionsError: It is not there; the message says which file, where, and what to do.
    """
    return _named(DIRECTIONS, name, "GAN Save Directions", DirectionsError)


def direction_files() -> list[tuple[str, Path]]:
    """All files of directions that lie there now.

    Returns:
        Names and paths.
    """
    names = folder_paths.get_filename_list_(DIRECTIONS)[0]  # not the cached list
    return [(name, Path(folder_paths.get_full_path_or_raise(DIRECTIONS, name))) for name in names]


def latent_names() -> list[str]:
    """Names for the list of GANLoadLatents.

    Returns:
        "(newest)" and all files.
    """
    return [NEWEST, *folder_paths.get_filename_list(LATENTS)]


def latents_path(name: str) -> Path:
    """The file behind a name in the list of latents.

    Args:
        name: See `latent_names`.

    Returns:
        An existing file.

    Raises:
        LatentError: It is not there; the message says which file, where, and what to do.
    """
    return _named(LATENTS, name, "GAN Save Latents", LatentError)


def _named(kind: str, name: str, node: str, error: type[PackError]) -> Path:
    """A file of a kind, or the newest one."""
    if name != NEWEST:
        return _existing(kind, name, error)
    files = folder_paths.get_filename_list_(kind)[0]  # not the cached list
    paths = [Path(folder_paths.get_full_path_or_raise(kind, file)) for file in files]
    if not paths:
        places = " or ".join(folder_paths.get_folder_paths(kind))
        what = kind.removeprefix("gan_")
        raise error(f"No {what} are saved in {places}", "", f"Save some with {node} first")
    return max(paths, key=lambda path: path.stat().st_mtime_ns)


def new_directions_path(name: str) -> tuple[Path, str]:
    """Where directions of a name are saved.

    Args:
        name: What was typed, perhaps with folders; ".safetensors" may be missing.

    Returns:
        The path, and its name within the folder of directions.

    Raises:
        DirectionsError: The name is empty or leads out of the folder.
    """
    return _new_path(DIRECTIONS, name, "my_levers", DirectionsError)


def new_latents_path(name: str) -> tuple[Path, str]:
    """Where latents of a name are saved.

    Args:
        name: See `new_directions_path`.

    Returns:
        The path, and its name within the folder of latents.

    Raises:
        LatentError: The name is empty or leads out of the folder.
    """
    return _new_path(LATENTS, name, "my_latents", LatentError)


def new_generator_path(name: str) -> tuple[Path, str]:
    """Where a generator of a name is saved.

    Args:
        name: See `new_directions_path`.

    Returns:
        The path, and its name within the folder of generators.

    Raises:
        CheckpointError: The name is empty or leads out of the folder.
    """
    return _new_path(GENERATORS, name, "my_generator", CheckpointError)


def _new_path(kind: str, name: str, example: str, error: type[PackError]) -> tuple[Path, str]:
    """A safetensors file in the first folder of a kind, and its name within."""
    return named_file(Path(folder_paths.get_folder_paths(kind)[0]), name, example, error)


def stamp(path: Path) -> str:
    """What changes whenever a file does; ComfyUI runs a loader again when it differs.

    Args:
        path: An existing file.

    Returns:
        Its time and size.
    """
    status = path.stat()
    return f"{path.name} {status.st_mtime_ns} {status.st_size}"


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

    def effort(self, precision: str, beside: bool = False) -> Effort:
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
