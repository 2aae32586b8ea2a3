"""What all tests of the page's modules share."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_modules import copy_modules


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's files, where Node takes them for modules."""
    return copy_modules(tmp_path_factory.mktemp("web"))
