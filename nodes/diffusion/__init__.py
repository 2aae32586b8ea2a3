"""Levers of a region for the models that ComfyUI samples from: its side of `core.diffusion`.

The nodes of this folder are not in `nodes.NODES`: they are an experiment whose rule did not pass
(docs/diffusion.md). `experimental_nodes` lists them for whoever takes it further.
"""

from __future__ import annotations

from typing import Any


def experimental_nodes() -> list[Any]:
    """The nodes, which are registered nowhere.

    Returns:
        Their classes.
    """
    from .find_region_levers import FindRegionLevers
    from .pull_region_lever import PullRegionLever

    return [FindRegionLevers, PullRegionLever]
