"""What the page saves: the images, the pinned levers, and a workflow for ComfyUI."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from ...base.atomic_files import write_atomically
from ...base.errors import PackError
from ...base.execution import plain_tensors
from ...concepts.directions import Directions
from ...concepts.generator import Generator
from ...explorer.photograph import photo_image
from ...explorer.previews import generator_facts
from ...explorer.session import Holding, apply_state, pinned_directions, render_each
from ...explorer.state import ExplorerState, read_state
from ...files.writing import save_directions
from ...pictures.images import truncated_bytes
from ...pictures.picture_files import save_png
from ...server.actions import holding_of
from ...server.host import AbstractHost
from ...server.jobs import Job
from ...server.sessions import Contents
from ..codes import code_file, seeds_of
from .workflow import Origin, explorer_workflow, state_text

WORKFLOW, LEVERS = "workflow.json", "levers.safetensors"
"""Names of the files beside the images."""

_MOST_FOLDERS = 100_000
"""Most numbers of folders that are tried."""


@dataclass(frozen=True)
class Saver:
    """Writes the images of a state, each time into a new folder."""

    host: AbstractHost
    """The front."""
    out: Path
    """The folder of all that is saved."""
    origin: Origin
    """Generator, seeds and photograph, for the workflow."""

    def save(self, contents: Contents, state: Mapping[str, Any], job: Job) -> list[Path]:
        """Render all images of a state, and write them with its levers and a workflow.

        Every pixel equals that of the workflow's Save Image on the same machine.

        Args:
            contents: Generator and codes.
            state: The state, parsed JSON.
            job: The job that this runs in.

        Returns:
            The files: a PNG per image, or of the photograph with the change in it; the levers where
            some are pinned; and the workflow.

        Raises:
            PackError: The state is wrong, or the folder cannot be written.
        """
        settings = read_state(state)
        with plain_tensors():
            gan = self.host.generator(contents.gan, True, job)
            holding = holding_of(self.host, contents, job)
            drawn = self._drawn(gan, contents, settings, holding, job)
            levers = pinned_directions(gan, settings)
            if levers is not None:
                facts = {**levers.details, "generator": generator_facts(gan)}
                levers = replace(levers, details=facts)
        text = json.dumps(explorer_workflow(self.origin, state_text(state)))
        try:
            return self._write(drawn, levers, text)
        except OSError as error:
            raise PackError(
                f"Nothing could be saved in {str(self.out)!r} ({error.strerror or error})",
                "a folder that can be written, on a disk that is not full",
                "Free some space and save again, or start again with another --out",
            ) from error

    def _drawn(
        self,
        gan: Generator,
        contents: Contents,
        state: ExplorerState,
        holding: Holding,
        job: Job,
    ) -> dict[str, Tensor]:
        """The pictures by their names, `[h, w, 3]` uint8."""
        photo = contents.photo
        if photo is None:
            names = [code_file(seed, row) for row, seed in enumerate(seeds_of(contents.codes))]
            edited = apply_state(gan, contents.codes, state, holding)
            images = render_each(gan, edited, job.pulse)
        else:
            names = [Path(self.origin.photo or "photo").stem]
            images = photo_image(gan, photo, replace(state, image=0), holding)
        return dict(zip(names, truncated_bytes(images), strict=True))

    def _write(
        self, pictures: Mapping[str, Tensor], levers: Directions | None, workflow: str
    ) -> list[Path]:
        """Write all files into a new folder, or none."""
        folder = self._new_folder()
        try:
            files = [
                save_png(folder / f"{name}.png", picture, {"workflow": workflow})
                for name, picture in pictures.items()
            ]
            if levers is not None:
                files.append(save_directions(levers, folder / LEVERS))
            files.append(write_atomically(folder / WORKFLOW, workflow.encode()))
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return files

    def _new_folder(self) -> Path:
        """Create the next folder: 001, 002, and so on."""
        self.out.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MOST_FOLDERS):
            folder = self.out / f"{number:03d}"
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
        raise OSError(f"{self.out} holds {_MOST_FOLDERS} folders")
