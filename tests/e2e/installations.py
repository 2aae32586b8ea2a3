"""Which installations of ComfyUI the tests run against."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

PACK = Path(__file__).resolve().parents[2]
"""The folder of this node pack."""

VARIABLE = "COMFYUI_PATH"
"""Environment variable that names installations, separated as in PATH."""

FRONT_END_VARIABLE = "COMFYUI_FRONT_END"
"""Environment variable that names the `static` folder of another front end, run on the newest
installation in addition to its own."""

_PYTHONS = (
    ".venv/bin/python",
    ".venv/Scripts/python.exe",
    "venv/bin/python",
    "venv/Scripts/python.exe",
    "../python_embeded/python.exe",
)
"""Where an installation keeps its Python, seen from its folder; the best place first."""


@dataclass(frozen=True)
class Installation:
    """One ComfyUI."""

    folder: Path
    """Where main.py lies."""
    version: str
    """Such as 0.3.64."""
    front_end: Path | None = None
    """Folder of the page; none for the one that the installation brings."""

    @property
    def name(self) -> str:
        """Short name for test ids."""
        return self.version if self.front_end is None else f"{self.version}-other-front-end"

    @property
    def python(self) -> str:
        """The interpreter that runs it: its own where it has one, else the one of the tests."""
        for place in _PYTHONS:
            # Not resolved: a virtual environment is known by the path of its link.
            if (self.folder / place).is_file():
                return str(self.folder / place)
        return sys.executable


def find_installations() -> list[Installation]:
    """Installations of the environment variable, else the one around the pack, else the usual one.

    Returns:
        None, one or several, the oldest first.

    Raises:
        FileNotFoundError: The variable names a folder that holds no ComfyUI.
    """
    named = [Path(part).expanduser() for part in _listed(VARIABLE)]
    for folder in named:
        if not _is_comfyui(folder):
            raise FileNotFoundError(f"{VARIABLE} names {folder}, which has no ComfyUI's main.py")
    usual = [*_around_the_pack(), Path.home() / "comfy" / "ComfyUI"]
    folders = named or [folder for folder in usual if _is_comfyui(folder)][:1]
    found = [Installation(folder, _version(folder)) for folder in dict.fromkeys(folders)]
    found.sort(key=lambda installation: _as_numbers(installation.version))
    pages = [Path(part).expanduser() for part in _listed(FRONT_END_VARIABLE)]
    return found + [
        Installation(found[-1].folder, found[-1].version, page) for page in pages if found
    ]


def _listed(variable: str) -> list[str]:
    """The paths in an environment variable."""
    return [part for part in os.environ.get(variable, "").split(os.pathsep) if part]


def _around_the_pack() -> list[Path]:
    """The ComfyUI in whose custom_nodes the pack lies, as typed and as links lead."""
    seen = [Path(__file__).absolute().parents[2], PACK]
    return [pack.parents[1] for pack in seen if pack.parent.name == "custom_nodes"]


def _is_comfyui(folder: Path) -> bool:
    """Whether a folder is an installation."""
    return (folder / "main.py").is_file() and (folder / "comfy_extras").is_dir()


def _version(folder: Path) -> str:
    """What comfyui_version.py says."""
    source = folder / "comfyui_version.py"
    text = source.read_text(encoding="utf-8") if source.is_file() else ""
    found = re.search(r'__version__\s*=\s*"([^"]+)"', text)
    return found[1] if found else "unknown"


def _as_numbers(version: str) -> tuple[int, ...]:
    """A version that sorts as people count."""
    return tuple(int(number) for number in re.findall(r"\d+", version))
