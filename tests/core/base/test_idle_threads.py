"""Idle threads sleep unless somebody chose otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from latent_levers.core.base import idle_threads

SCRIPT = """
import os, runpy
found = runpy.run_path({path!r})["let_idle_threads_sleep"]()
print(found, os.environ.get("OMP_WAIT_POLICY"))
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "True PASSIVE"),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, "False ACTIVE"),
        ({"GOMP_SPINCOUNT": "10"}, "False None"),
    ],
)
def test_what_the_user_chose_stays(given: dict[str, str], expected: str) -> None:
    plain = {name: text for name, text in os.environ.items() if name not in idle_threads.CHOICES}
    script = SCRIPT.format(path=idle_threads.__file__)
    done = subprocess.run(
        [sys.executable, "-c", script], env={**plain, **given}, capture_output=True, text=True
    )
    assert done.stdout.strip() == expected, done.stderr


def test_nothing_is_set_once_torch_is_loaded() -> None:
    before = dict(os.environ)
    assert not idle_threads.let_idle_threads_sleep()
    assert dict(os.environ) == before
