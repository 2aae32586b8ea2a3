"""Finds the installations of ComfyUI that the tests run against."""

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
"""Possible paths of an installation's Python, relative to its folder, in order of preference."""


_VERSIONS = {"comfyui_version.py": "", "comfy/__init__.py": "-fork"}
"""Files that give the version, and what is appended to it; the fork is hiddenswitch/ComfyUI."""


@dataclass(frozen=True)
class Installation:
    """One ComfyUI."""

    folder: Path
    """Folder of main.py."""
    version: str
    """Version, for example 0.3.64, or 0.10.0-fork."""
    front_end: Path | None = None
    """Folder of another front end; none for the installation's own."""

    @property
    def name(self) -> str:
        """Short name for test ids."""
        return self.version if self.front_end is None else f"{self.version}-other-front-end"

    @property
    def python(self) -> str:
        """The installation's own interpreter if it has one, else the one that runs the tests."""
        for place in _PYTHONS:
            # Not resolved: Python finds its virtual environment by the path of the link.
            if (self.folder / place).is_file():
                return str(self.folder / place)
        return sys.executable


def find_installations() -> list[Installation]:
    """Find the installations that the tests use.

    These are the ones that the environment variable names, else the one whose custom_nodes contains
    the pack, else ~/comfy/ComfyUI.

    Returns:
        Zero or more installations, the oldest version first.

    Raises:
        FileNotFoundError: The variable names a folder without a ComfyUI.
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
    hosts = [each for each in found if not each.version.endswith("-fork")][-1:]
    return found + [
        Installation(each.folder, each.version, page) for page in pages for each in hosts
    ]


def _listed(variable: str) -> list[str]:
    """The paths in an environment variable."""
    return [part for part in os.environ.get(variable, "").split(os.pathsep) if part]


def _around_the_pack() -> list[Path]:
    """The ComfyUI whose custom_nodes contains the pack, before and after resolving links."""
    seen = [Path(__file__).absolute().parents[2], PACK]
    return [pack.parents[1] for pack in seen if pack.parent.name == "custom_nodes"]


def _is_comfyui(folder: Path) -> bool:
    """Whether a folder is an installation."""
    return (folder / "main.py").is_file() and (folder / "comfy_extras").is_dir()


def _version(folder: Path) -> str:
    """The version in comfyui_version.py; in a fork that is a package, in comfy/__init__.py."""
    for place, kind in _VERSIONS.items():
        source = folder / place
        text = source.read_text(encoding="utf-8") if source.is_file() else ""
        found = re.search(r'__version__\s*=\s*"([^"]+)"', text)
        if found:
            return found[1] + kind
    return "unknown"


def _as_numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, so that 0.10 comes after 0.9."""
    return tuple(int(number) for number in re.findall(r"\d+", version))
