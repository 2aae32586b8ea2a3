"""What pip and ComfyUI's manager get: every package, every asset, one version, one list."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import latent_levers
import pytest
from latent_levers import core
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("core", "nodes")
"""Folders of code that are part of the package; training, tests and bench are not."""

IMPORT_ALL = """
import importlib, pkgutil, sys
import latent_levers
assert latent_levers.__file__.startswith(sys.argv[1]), latent_levers.__file__
core = importlib.import_module("latent_levers.core")
for found in pkgutil.walk_packages(core.__path__, "latent_levers.core."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
gan = latent_levers.load_generator("portraits")
print(gan.spec.img_size)
"""
"""Run in a process of its own, which sees the wheel and not the checkout."""


def project() -> str:
    """The text of pyproject.toml; tomllib is younger than the oldest Python."""
    return (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def listed_packages() -> set[str]:
    """Packages that pyproject.toml names."""
    block = re.search(r"^packages = \[(.*?)^\]", project(), re.DOTALL | re.MULTILINE)
    assert block is not None
    return set(re.findall(r'"([\w.]+)"', block[1]))


def test_every_folder_is_listed() -> None:
    folders = {"latent_levers"}
    for top in SHIPPED:
        for init in (ROOT / top).rglob("__init__.py"):
            folders.add(".".join(("latent_levers", *init.parent.relative_to(ROOT).parts)))
    assert listed_packages() == folders


def test_every_module_lies_in_a_package() -> None:
    for top in SHIPPED:
        for module in (ROOT / top).rglob("*.py"):
            assert (module.parent / "__init__.py").is_file(), module


def test_the_version_is_stated_once() -> None:
    assert f'\nversion = "{latent_levers.__version__}"' in project()
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{latent_levers.__version__}]" in changes


def test_the_registry_finds_repository_icon_and_banner() -> None:
    """Placeholders are filled all at once; pictures have the sizes that the registry asks for."""
    fields = dict(
        re.findall(r'^(Repository|Icon|Banner) = "(https://\S+)"', project(), re.MULTILINE)
    )
    assert fields.keys() == {"Repository", "Icon", "Banner"}
    owners = {name: address.split("/")[3] for name, address in fields.items()}
    assert len(set(owners.values())) == 1, f"these are of several accounts: {owners}"
    for name, (width, height) in {"Icon": (400, 400), "Banner": (21, 9)}.items():
        place = ROOT / fields[name].split("/main/")[1]
        with Image.open(place) as picture:
            assert picture.width * height == picture.height * width, name
            assert name != "Icon" or picture.width <= width
        assert place.stat().st_size < 500_000


def test_requirements_have_no_upper_bounds_and_none_on_torch() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    bare = [line.split("#")[0].strip() for line in lines]
    wanted = [line for line in bare if line]
    assert "torch" in wanted
    names = {re.split(r"[<>=!~]", line)[0].strip() for line in wanted}
    assert {"torch", "numpy", "scipy", "safetensors"} <= names
    assert not [line for line in wanted if re.search(r"<|==|~=", line)]
    reasons = [line for line in lines if line and not line.startswith("#")]
    assert all("#" in line for line in reasons)
    assert "dependencies = [" not in project().replace("optional-dependencies", "")


def test_the_public_door_is_the_same_at_the_root() -> None:
    assert sorted(core.__all__) == sorted(core._HOMES)
    for name in core.__all__:
        assert getattr(latent_levers, name) is getattr(core, name)
        assert name in dir(latent_levers)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = latent_levers.nothing


def test_deprecated_names_have_new_ones() -> None:
    assert not {*core.DEPRECATED} & {*core.__all__}
    assert {*core.DEPRECATED.values()} <= {*core.__all__}


def test_comfyui_finds_the_entry_point_alone() -> None:
    assert not hasattr(latent_levers, "NODE_CLASS_MAPPINGS")
    assert callable(latent_levers.comfy_entrypoint)
    assert (ROOT / latent_levers.WEB_DIRECTORY).is_dir()


def test_importing_the_root_imports_no_torch() -> None:
    if not is_installed():
        pytest.skip("latent_levers is not installed; `make test` installs it")
    code = "import sys, latent_levers; print('torch' in sys.modules, latent_levers.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", latent_levers.__version__]


def is_installed() -> bool:
    """Whether another process finds the package, too."""
    try:
        return bool(distribution("latent-levers"))
    except PackageNotFoundError:
        return False


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy without network."""
    pytest.importorskip("setuptools", minversion="77")
    copy = tmp_path_factory.mktemp("source") / "pack"
    unwanted = shutil.ignore_patterns(
        ".*",
        "__pycache__",
        "node_modules",
        "build",
        "dist",
        "out",
        "*.egg-info",
        "tests",
        "training",
    )
    shutil.copytree(ROOT, copy, ignore=unwanted)
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    done = subprocess.run(
        [*command, "--no-build-isolation", "--wheel-dir", str(out), str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_all_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for top in ("assets", "web", "page", "workflows", "subgraphs", "locales"):
        for path in (ROOT / top).rglob("*"):
            if path.is_file() and not path.name.startswith("."):
                assert f"latent_levers/{path.relative_to(ROOT).as_posix()}" in names
    assert "latent_levers/py.typed" in names
    tops = {name.split("/")[0] for name in names}
    assert tops == {"latent_levers", f"latent_levers-{latent_levers.__version__}.dist-info"}
    inner = {name.split("/")[1] for name in names if name.startswith("latent_levers/")}
    assert not inner & {"tests", "training", "bench", "docs"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_states_its_requirements_and_its_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        folder = f"latent_levers-{latent_levers.__version__}.dist-info"
        metadata = archive.read(f"{folder}/METADATA").decode()
        entries = archive.read(f"{folder}/entry_points.txt").decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert "\nRequires-Dist: torch\n" in metadata
    assert "latent-levers = latent_levers.core.cli:main" in entries
    assert "[comfyui.custom_nodes]" in entries


def test_everything_imports_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    # The folder stands before the installed checkout; -P or a foreign cwd keep the latter out.
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{IMPORT_ALL}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "(64, 64)"
