"""Prefixes of the generator in the nested dictionaries of a file, best first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ..concepts.checkpoint import Checkpoint

T = TypeVar("T")

_AVERAGES = (
    "generator_smooth",
    "G_ema",
    "g_ema",
    "Gs",
    "generator_ema",
    "netG_ema",
    "gen_ema",
    "params_ema",
    "model_ema",
    "ema_model",
    "g_running",
    "G_running",
    "avgG",
    "G_avg",
    "g_avg",
    "ema",
)
"""Names of the running average of a generator, which gives better images than the last step."""

_WORDS = (
    *_AVERAGES,
    "state_dict",
    "models",
    "generator",
    "netG",
    "G",
    "g",
    "gen",
    "model",
    "net",
    "params",
    "decoder",
)
"""Names of a generator, or of a dictionary around one, in the order in which they are tried."""

_DISCRIMINATORS = frozenset(
    ("discriminator", "discriminator_smooth", "netD", "D", "D_ema", "d", "dis", "critic")
)
"""Names of a discriminator; a dictionary that contains one is not a single network."""

_WRAPPERS = frozenset(("module", "_orig_mod"))
"""Parts that DataParallel and torch.compile insert anywhere into names."""


def without_wrappers(checkpoint: Checkpoint) -> Checkpoint:
    """A checkpoint without the parts that wrappers insert into names.

    Args:
        checkpoint: Any checkpoint.

    Returns:
        The same tensors and settings under shorter names.
    """
    return replace(
        checkpoint,
        tensors=_shortened(checkpoint.tensors),
        config=_shortened(checkpoint.config),
        withheld=_shortened(checkpoint.withheld),
    )


def _shortened(entries: Mapping[str, T]) -> dict[str, T]:
    """Entries under names without wrappers; unchanged if two names would become equal."""
    short = {
        ".".join(part for part in name.split(".") if part not in _WRAPPERS) or name: value
        for name, value in entries.items()
    }
    return short if len(short) == len(entries) else dict(entries)


def roots(names: Iterable[str]) -> list[str]:
    """Prefixes under which the generator may be stored, best first.

    A root is any chain of known words at the start of names ("state_dict.generator_ema"), so one
    list of words covers every nesting. Running averages come before last steps, shorter chains
    before longer ones. The whole file comes last, since it may hold several networks.

    Args:
        names: Dotted names of tensors.

    Returns:
        Roots without the last dot; the last is empty.
    """
    chains: set[tuple[str, ...]] = {()}
    children: dict[tuple[str, ...], set[str]] = {}
    for name in names:
        parts = tuple(name.split("."))
        for depth, part in enumerate(parts[:-1]):
            children.setdefault(parts[:depth], set()).add(part)
            if part not in _WORDS:
                break
            chains.add(parts[: depth + 1])
    single = [chain for chain in chains if not children.get(chain, set()) & _DISCRIMINATORS]
    return [".".join(chain) for chain in sorted(single, key=_rank)] or [""]


def _rank(chain: tuple[str, ...]) -> tuple[bool, bool, int, tuple[int, ...]]:
    """Sort key of a root."""
    averaged = any(part in _AVERAGES for part in chain)
    return not averaged, not chain, len(chain), tuple(_WORDS.index(part) for part in chain)


def root_facts(checkpoint: Checkpoint, root: str) -> dict[str, Any]:
    """What people should know of the generator that is taken from a file.

    Args:
        checkpoint: The whole file.
        root: Prefix of the generator that is taken.

    Returns:
        "root"; "other generators", which have the same tensors under other roots; and "warnings"
        where none of them is the running average, so that the choice is a guess.
    """
    facts: dict[str, Any] = {"root": root}
    names = _names_under(checkpoint.tensors, root)
    others = [
        other
        for other in roots(checkpoint.tensors)
        if other not in ("", root) and _names_under(checkpoint.tensors, other) == names
    ]
    if not others:
        return facts
    facts["other generators"] = ", ".join(others)
    if not any(part in _AVERAGES for part in root.split(".")):
        facts["warnings"] = [
            f"The file holds {len(others) + 1} generators of the same shape; {root} was taken, not "
            f"{', '.join(others)}. Save another one on its own to open it"
        ]
    return facts


def _names_under(names: Iterable[str], root: str) -> set[str]:
    """Names under a root, without it."""
    return {name[len(root) + 1 :] for name in names if name.startswith(f"{root}.")}
