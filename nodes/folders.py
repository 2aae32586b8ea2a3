"""The files that people keep: generators, directions, latents, each kind in folders of its own.

The only file that imports `folder_paths`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import folder_paths

from ..core.base.errors import CheckpointError, DirectionsError, LatentError, PackError
from ..core.files.containers import CONTAINERS
from ..core.files.latent_files import LATENT_READERS
from ..core.files.loading import BUNDLED
from ..core.levers.direction_loading import READERS
from .naming import KEEP_BOTH, free_path, named_file

NEWEST = "(newest)"
"""Entry of the lists of directions and latents that means the file saved last."""

_BUNDLED_MARK = " (bundled)"
"""What follows the name of a generator that comes with the pack."""


@dataclass(frozen=True)
class Shelf:
    """One kind of file."""

    id: str
    """ComfyUI's name for its folders."""
    what: str
    """What the files hold, in one word."""
    saver: str
    """The node that saves such files."""
    example: str
    """A name that a file might have."""
    error: type[PackError]
    """What is raised where a file is missing, or a name cannot be."""

    def names(self) -> list[str]:
        """Names for a list of files.

        Returns:
            "(newest)" and all files.
        """
        return [NEWEST, *folder_paths.get_filename_list(self.id)]

    def files(self) -> list[tuple[str, Path]]:
        """All files that lie there now.

        Returns:
            Names and paths.
        """
        names = folder_paths.get_filename_list_(self.id)[0]  # not the cached list
        return [(name, Path(folder_paths.get_full_path_or_raise(self.id, name))) for name in names]

    def path(self, name: str) -> Path:
        """The file behind a name.

        Args:
            name: See `names`.

        Returns:
            An existing file.

        Raises:
            PackError: It is not there; the message says which file, where, and what to do.
        """
        places = " or ".join(folder_paths.get_folder_paths(self.id))
        if name == NEWEST:
            paths = [path for _, path in self.files()]
            if not paths:
                remedy = f"Save some with {self.saver} first"
                raise self.error(f"No {self.what} are saved in {places}", "", remedy)
            return max(paths, key=lambda path: path.stat().st_mtime_ns)
        found = folder_paths.get_full_path(self.id, name)
        if found is None:
            remedy = "Put it there and press R, or choose another one from the list"
            raise self.error(f"There is no file {name!r}", f"it in {places}", remedy)
        return Path(found)

    def why_not(self, name: str) -> bool | str:
        """Which file is missing and where it belongs, before anything runs.

        Args:
            name: See `names`; whether there is a newest file shows when its turn comes.

        Returns:
            The reason, or true: what ComfyUI takes from `validate_inputs`.
        """
        try:
            if name != NEWEST:
                self.path(name)
        except PackError as error:
            return str(error)
        return True

    def stamp(self, name: str) -> str:
        """What changes whenever the file behind a name does.

        Args:
            name: See `names`.

        Returns:
            See `stamp`; "missing" where there is no such file.
        """
        try:
            return stamp(self.path(name))
        except PackError:
            return "missing"

    def new_path(self, name: str) -> tuple[Path, str]:
        """Where a file of a name is saved: in the first folder of its kind.

        Args:
            name: What was typed, perhaps with folders; ".safetensors" may be missing.

        Returns:
            The path, and its name within the folder.

        Raises:
            PackError: The name is empty or leads out of the folder.
        """
        folder = Path(folder_paths.get_folder_paths(self.id)[0])
        return named_file(folder, name, self.example, self.error)

    def place(self, name: str, existing: str, same: Callable[[Path], bool]) -> tuple[Path, str]:
        """Likewise, numbered where other things are saved under that name and shall be kept.

        Args:
            name: See `new_path`.
            existing: `naming.KEEP_BOTH` or `naming.REPLACE`.
            same: Whether a file holds what is to be saved, so that it may be taken again.

        Returns:
            See `new_path`.
        """
        return (
            free_path(self.new_path, name, same) if existing == KEEP_BOTH else self.new_path(name)
        )


GENERATORS = Shelf("gan", "generators", "GAN Save Model", "my_generator", CheckpointError)
DIRECTIONS = Shelf(
    "gan_directions", "directions", "GAN Save Directions", "my_levers", DirectionsError
)
LATENTS = Shelf("gan_latents", "latents", "GAN Save Latents", "my_latents", LatentError)


def register() -> None:
    """Tell ComfyUI where our kinds of files lie; called once, before nodes are listed."""
    models = Path(folder_paths.models_dir)
    # Other packs and extra_model_paths.yaml may know further folders of StyleGANs.
    registered = folder_paths.folder_names_and_paths.get("stylegan", ([], set()))[0]
    shelves = (
        (GENERATORS, CONTAINERS, [str(models / "stylegan"), *registered]),
        (DIRECTIONS, READERS, []),
        (LATENTS, LATENT_READERS, []),
    )
    for shelf, readers, more in shelves:
        for place in (str(models / shelf.id), *more):
            folder_paths.add_model_folder_path(shelf.id, place)
        # List only such files; ComfyUI would list every file of a folder that a pack adds.
        paths, _ = folder_paths.folder_names_and_paths[shelf.id]
        suffixes = {suffix for reader in readers for suffix in reader.suffixes}
        folder_paths.folder_names_and_paths[shelf.id] = (paths, suffixes)


def generator_names() -> list[str]:
    """Names for the list of LoadGAN: the bundled generators, then all files.

    Returns:
        At least one name.
    """
    bundled = [f"{name}{_BUNDLED_MARK}" for name in BUNDLED]
    return [*bundled, *folder_paths.get_filename_list(GENERATORS.id)]


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
        return GENERATORS.path(name)
    if not bundled.is_file():
        remedy = "Install or update the pack again, so that its folder assets is complete"
        raise CheckpointError(f"The bundled generator {bundled} is missing", "", remedy)
    return bundled


def stamp(path: Path) -> str:
    """What changes whenever a file does; ComfyUI runs a loader again when it differs.

    Args:
        path: An existing file.

    Returns:
        Its time and size.
    """
    status = path.stat()
    return f"{path.name} {status.st_mtime_ns} {status.st_size}"


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Have errors about a file end with the folder that it lies in; its name they tell themselves.

    Args:
        path: The file.

    Yields:
        Once.

    Raises:
        PackError: What went wrong.
    """
    try:
        yield
    except PackError as error:
        remedy = f"{error.remedy}. " if error.remedy else ""
        place = f"The file lies in {path.parent}"
        raise type(error)(error.found, error.expected, remedy + place) from None
