"""What networks that were saved whole say of themselves: the arguments of their constructors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .flattening import is_module, plain_settings
from .inert import Reading, Record

_MODULES = 10_000
"""Parts of one network that are looked at."""


def networks(content: Any) -> dict[str, Record]:
    """The modules of a file by name.

    Args:
        content: See `PickleMachine.run`.

    Returns:
        The content itself under an empty name, or those that stand in its dictionary.
    """
    if isinstance(content, Record) and is_module(content):
        return {"": content}
    entries = content.items() if isinstance(content, dict) else ()
    return {
        name: value
        for name, value in entries
        if isinstance(name, str) and isinstance(value, Record) and is_module(value)
    }


def stated_settings(content: Any, reading: Reading) -> dict[str, Any]:
    """Constructor arguments of every network of a file, dotted under the network's name.

    Beside the arguments as they were given ("G_ema.synthesis_kwargs.conv_clamp") stand those of the
    synthesis network as the generator's own ("G_ema.conv_clamp"), which is how StyleGAN3 passes
    them while StyleGAN2-ADA nests them. Where an argument was left out, an attribute that all
    layers of the synthesis network agree on says what its default was.

    Args:
        content: See `PickleMachine.run`.
        reading: For limits.

    Returns:
        Names to numbers, texts and short lists.
    """
    settings: dict[str, Any] = {}
    for root, network in networks(content).items():
        own = _settings(network, reading)
        settings |= {f"{root}.{name}" if root else name: value for name, value in own.items()}
    return settings


def _settings(network: Record, reading: Reading) -> dict[str, Any]:
    """The settings of one network, under plain names."""
    attributes = network.attributes()
    given = plain_settings(_arguments(network), reading)
    inner = {
        name.removeprefix("synthesis_kwargs."): value
        for name, value in given.items()
        if name.startswith("synthesis_kwargs.")
    }
    if "mapping_kwargs.lr_multiplier" in given:  # no other part of a generator has one
        inner["lr_multiplier"] = given["mapping_kwargs.lr_multiplier"]
    modules = attributes.get("_modules")
    synthesis = modules.get("synthesis") if isinstance(modules, dict) else None
    agreed = _agreed(synthesis, reading) if isinstance(synthesis, Record) else {}
    own = _own_attributes(network, reading)
    return {**agreed, **own, **inner, **given, "class_name": network.name.path.lstrip(".")}


def _arguments(network: Record) -> Any:
    """Keyword arguments of the constructor, as NVIDIA's persistent classes keep them."""
    return network.attributes().get("_init_kwargs", {})


def _own_attributes(module: Record, reading: Reading) -> dict[str, Any]:
    """Numbers and texts among a module's attributes, without torch's own."""
    public = {
        name: value
        for name, value in module.attributes().items()
        if isinstance(name, str)
        and not name.startswith("_")
        and name != "training"
        and not isinstance(value, (dict, Record))
    }
    return plain_settings(public, reading)


def _agreed(synthesis: Record, reading: Reading) -> dict[str, Any]:
    """Attributes that have one value in all modules of the synthesis network that have them."""
    found: dict[str, Any] = {}
    torn: set[str] = set()
    for module in _parts(synthesis):
        for name, value in _own_attributes(module, reading).items():
            if name in found and found[name] != value:
                torn.add(name)
            found.setdefault(name, value)
    return {name: value for name, value in found.items() if name not in torn}


def _parts(module: Record) -> Iterator[Record]:
    """A module and all modules within it, a bounded number of them."""
    pending: list[Any] = [module]
    for _ in range(_MODULES):
        if not pending:
            return
        current = pending.pop()
        if isinstance(current, Record):
            yield current
            inner = current.attributes().get("_modules")
            pending += list(inner.values()) if isinstance(inner, dict) else []
