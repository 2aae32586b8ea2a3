"""Folders of generators, directions and latents, and the files in them.

The only file that imports `folder_paths`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import folder_paths

from ..core.base.errors import CheckpointError, DirectionsError, LatentError, PackError
from ..core.files.bundled import BUNDLED, SHARPEST
from ..core.files.containers import CONTAINERS
from ..core.files.latent_files import LATENT_READERS
from ..core.levers.direction_loading import READERS
from .file_names import KEEP_BOTH, free_path, named_file, plain_spelling, spelled_alike
from .wording import NODES

NEWEST = "(newest)"
"""List entry that stands for the most recently saved file."""

_SHOWN = 300
"""Most characters of a name in a message."""

_BUNDLED_MARK = " (bundled)"
"""Suffix of the names of bundled generators in the list."""


@dataclass(frozen=True)
class FileKind:
    """One kind of file, with its folders."""

    id: str
    """ComfyUI's key of its folders."""
    content: str
    """What the files contain, for messages."""
    saver: str
    """Name of the node that saves such files."""
    example: str
    """A valid name, for messages."""
    error: type[PackError]
    """Raised if a file is missing or a name is invalid."""

    def names(self) -> list[str]:
        """Entries of a node's list of files.

        Returns:
            "(newest)", then the names of all files.
        """
        return [NEWEST, *folder_paths.get_filename_list(self.id)]

    def files(self) -> list[tuple[str, Path]]:
        """All files that exist now.

        Returns:
            Name and path of each.
        """
        return [
            (name, Path(folder_paths.get_full_path_or_raise(self.id, name)))
            for name in self._existing()
        ]

    def _existing(self) -> list[str]:
        """Names of all files that exist now, not those of ComfyUI's cached list."""
        uncached = getattr(folder_paths, "get_filename_list_", None)  # one fork has no cached list
        return uncached(self.id)[0] if uncached else folder_paths.get_filename_list(self.id)

    def path(self, name: str, notes: list[str] | None = None) -> Path:
        """The path of a list entry.

        Args:
            name: One of `names`, perhaps as another computer spells it.
            notes: Gets a sentence where the file has another name.

        Returns:
            The path of an existing file.

        Raises:
            PackError: The file does not exist, or several are meant; the message names the file and
                its folders.
        """
        places = " or ".join(folder_paths.get_folder_paths(self.id))
        if name == NEWEST:
            paths = [path for _, path in self.files()]
            if not paths:
                remedy = f"Save some with {self.saver} first"
                raise self.error(f"No {self.content} are saved in {places}", "", remedy)
            return max(paths, key=lambda path: path.stat().st_mtime_ns)
        found = folder_paths.get_full_path(self.id, name) or self._as_elsewhere(name, notes)
        if found is None:
            remedy = "Put it there and press R, or choose another one from the list"
            raise self.error(f"There is no file {name[:_SHOWN]!r}", f"it in {places}", remedy)
        return Path(found)

    def _as_elsewhere(self, name: str, notes: list[str] | None) -> str | None:
        """The path of a name from a workflow of Windows or macOS; none where there is no file."""
        plain = folder_paths.get_full_path(self.id, name.replace("\\", "/"))
        if plain is not None:
            return plain
        alike = spelled_alike(name, self._existing())
        if len(alike) > 1:
            raise self.error(
                f"There is no file {name[:_SHOWN]!r}, and {len(alike)} whose names are spelled "
                f"alike: {', '.join(alike)}",
                "",
                "Choose one of them",
            )
        if not alike:
            return None
        if notes is not None and plain_spelling(alike[0]) != plain_spelling(name):
            notes.append(f"There is no file {name[:_SHOWN]!r}; {alike[0]!r} was used.")
        return folder_paths.get_full_path(self.id, alike[0])

    def validate(self, name: str | None) -> bool | str:
        """Check that a file exists; for a node's `validate_inputs`.

        Args:
            name: One of `names`; "(newest)" is checked only at execution.

        Returns:
            True, or a message that names the missing file and its folders.
        """
        try:
            if name not in (None, NEWEST):  # none where another node gives the name
                self.path(name)
        except PackError as error:
            return error.worded(NODES)
        return True

    def fingerprint(self, name: str) -> str:
        """Text that changes when the file of a list entry changes.

        Args:
            name: One of `names`.

        Returns:
            Name, time and size; "missing" where there is no such file.
        """
        try:
            return fingerprint(self.path(name))
        except PackError:
            return "missing"

    def new_path(self, name: str) -> tuple[Path, str]:
        """The path under which a file is saved: in the first folder of its kind.

        Args:
            name: The typed name, perhaps with subfolders; ".safetensors" may be missing.

        Returns:
            The path, and the path relative to the folder.

        Raises:
            PackError: The name is empty or leads out of the folder.
        """
        folder = Path(folder_paths.get_folder_paths(self.id)[0])
        return named_file(folder, name, self.example, self.error)

    def path_to_save(
        self, name: str, existing: str, is_same: Callable[[Path], bool]
    ) -> tuple[Path, str]:
        """Likewise; with `KEEP_BOTH` numbered where the file exists with other contents.

        Args:
            name: The typed name.
            existing: `file_names.KEEP_BOTH` or `file_names.REPLACE`.
            is_same: Whether a file contains what is to be saved, so that it can be used again.

        Returns:
            The path, and the path relative to the folder.
        """
        if existing == KEEP_BOTH:
            return free_path(self.new_path, name, is_same)
        return self.new_path(name)


GENERATORS = FileKind("gan", "generators", "GAN Save Model", "my_generator", CheckpointError)
DIRECTIONS = FileKind(
    "gan_directions", "directions", "GAN Save Directions", "my_levers", DirectionsError
)
LATENTS = FileKind("gan_latents", "latents", "GAN Save Latents", "my_latents", LatentError)


def register() -> None:
    """Register the folders with ComfyUI; called once, before nodes are listed."""
    models = Path(folder_paths.models_dir)
    # Other packs and extra_model_paths.yaml may have registered further folders of StyleGANs.
    # One fork has a class of its own here, whose `get` takes no default and which guesses a second
    # folder for each one that is added: folders are set at once.
    known = folder_paths.folder_names_and_paths

    def registered(name: str) -> list[str]:
        return [*known[name][0]] if name in known else []

    kinds = (
        (GENERATORS, CONTAINERS, [str(models / "stylegan"), *registered("stylegan")]),
        (DIRECTIONS, READERS, []),
        (LATENTS, LATENT_READERS, []),
    )
    for kind, readers, more in kinds:
        places = [*registered(kind.id), str(models / kind.id), *more]
        # List only readable files; by default ComfyUI lists all files of folders that packs add.
        suffixes = {suffix for reader in readers for suffix in reader.suffixes}
        known[kind.id] = ([*dict.fromkeys(places)], suffixes)


def generator_names() -> list[str]:
    """Entries of LoadGAN's list: the bundled generators, then all files.

    Returns:
        At least one name.
    """
    bundled = [f"{name}{_BUNDLED_MARK}" for name in BUNDLED]
    return [*bundled, *folder_paths.get_filename_list(GENERATORS.id)]


def default_generator() -> str:
    """The entry of LoadGAN's list that a new node shows.

    Returns:
        One of `generator_names`.
    """
    return f"{SHARPEST}{_BUNDLED_MARK}"


def generator_path(name: str, notes: list[str] | None = None) -> Path:
    """The path of an entry of LoadGAN's list.

    Args:
        name: One of `generator_names`, perhaps as another computer spells it.
        notes: Gets a sentence where the file has another name.

    Returns:
        The path of an existing file.

    Raises:
        CheckpointError: The file does not exist; the message names the file and its folders.
    """
    bundled = BUNDLED.get(name.removesuffix(_BUNDLED_MARK))
    if bundled is None or not name.endswith(_BUNDLED_MARK):
        return GENERATORS.path(name, notes)
    if not bundled.is_file():
        remedy = "Install or update the pack again, so that its folder assets is complete"
        raise CheckpointError(f"The bundled generator {bundled} is missing", "", remedy)
    return bundled


def fingerprint(path: Path) -> str:
    """Text that changes when a file changes, which makes ComfyUI run its loader again.

    Args:
        path: An existing file.

    Returns:
        Its name, time and size.
    """
    status = path.stat()
    return f"{path.name} {status.st_mtime_ns} {status.st_size}"


def output_folder() -> Path:
    """ComfyUI's folder of what is saved."""
    return Path(folder_paths.get_output_directory())


def input_folder() -> Path:
    """ComfyUI's folder of what users bring."""
    return Path(folder_paths.get_input_directory())


@contextlib.contextmanager
def folder_in_errors(path: Path) -> Iterator[None]:
    """Append the folder of a file to errors about it, which name only the file.

    Args:
        path: The file.

    Yields:
        Once.

    Raises:
        PackError: The original error, with the folder appended to its remedy.
    """
    try:
        yield
    except PackError as error:
        raise error.advised(f"The file is in {path.parent}") from None
