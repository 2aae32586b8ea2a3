"""What tests of optional packages share."""

from __future__ import annotations

import importlib

import torch

_declared: list[torch.library.Library] = []
"""Kept, since what a library declares is forgotten with it."""


def _import_torchvision() -> None:
    """Import torchvision, which torch-fidelity needs, even if it was built for another torch.

    PyPI's torchvision is built for CUDA; beside a CPU build of torch its operators are not loaded,
    and importing it fails, since it describes two of them. No test here calls these operators.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declared.append(library)
        importlib.import_module("torchvision")
    except ImportError:
        pass  # the test of torch-fidelity says what is missing


_import_torchvision()
