"""Settings of networks that were pickled as whole modules: their constructor arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .flattening import is_module, plain_settings
from .limits_and_refusals import Reading
from .plain_data import Record

_MODULES = 10_000
"""Most modules of one network that are read."""

_LAYER_SETTINGS = ("stride", "padding", "output_padding", "dilation", "groups", "padding_mode",
                   "eps", "negative_slope", "alpha", "approximate", "beta")  # fmt: skip
"""Attributes of torch's own layers that change an image and that a state dict lacks."""

_TRAINING = ("config", "opts")
"""Names under which trainings store their settings; encoders of photographs use the second."""

_UNREADABLE = "that is no number"
"""Stands for a setting that is neither a number nor a short text or list."""

_NAME = 200
"""Most letters of a module's name."""

_WRAPPERS = ("module", "_orig_mod")
"""Names of the network within DataParallel and torch.compile, which names of tensors lack."""


def networks(content: Any) -> dict[str, Record]:
    """The networks of a file by name.

    Args:
        content: A file as `PickleMachine.run` returns it.

    Returns:
        The content itself under an empty name if it is a module, else the modules in its
        dictionary.
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

    The arguments are listed as they were given ("G_ema.synthesis_kwargs.conv_clamp"). Those of the
    synthesis network are also listed as the generator's own ("G_ema.conv_clamp"), since StyleGAN3
    passes them that way while StyleGAN2-ADA nests them; "arguments" lists their names. Where an
    argument was left out, its default is read from an attribute that has one value in all layers of
    the synthesis network. A bound on features that differs between its layers is listed for each
    ("G_ema.L0_36_512.conv_clamp").

    Args:
        content: A file as `PickleMachine.run` returns it.
        reading: Limits.

    Returns:
        Names to numbers, texts and short lists.
    """
    settings: dict[str, Any] = {}
    for root, network in networks(content).items():
        own = _settings(network, reading)
        settings |= {f"{root}.{name}" if root else name: value for name, value in own.items()}
    return settings


def training_settings(content: Any, reading: Reading) -> dict[str, Any]:
    """Settings of a training that a file stores beside its networks, under `config` or `opts`.

    Args:
        content: A file as `PickleMachine.run` returns it.
        reading: Limits.

    Returns:
        "config/<name>" or "opts/<name>" to numbers, texts and short lists, names of nested ones
        joined by slashes; names have no dots, since they belong to no network of the file.
    """
    found: dict[str, Any] = {}
    for group in _TRAINING:
        settings = content.get(group) if isinstance(content, dict) else None
        if isinstance(settings, (dict, Record)) and not is_module(settings):
            plain = plain_settings(settings, reading)
            found |= {f"{group}/{n.replace('.', '/')}": v for n, v in plain.items() if n}
    return found


def _settings(network: Record, reading: Reading) -> dict[str, Any]:
    """The settings of one network, without its name."""
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
    common = _common_attributes(synthesis, reading) if isinstance(synthesis, Record) else {}
    if isinstance(synthesis, Record) and "conv_clamp" not in common:
        common |= _of_each_layer(synthesis, "conv_clamp", reading)
    own = _own_attributes(network, reading)
    layers = _layers(network, reading)
    return {**common, **own, **inner, **given, "arguments": list(given), **layers}


def _layers(network: Record, reading: Reading) -> dict[str, Any]:
    """Classes of all modules inside a network, and the settings of torch's own, in its order.

    Returns:
        "main.0.class_name", "main.0.stride" and so on.
    """
    found: dict[str, Any] = {}
    pending: list[tuple[str, Any]] = [("", network)]
    for _ in range(_MODULES):
        if not pending:
            break
        path, module = pending.pop()
        if not isinstance(module, Record):
            continue
        reading.spend_steps()
        prefix = f"{path}." if path else ""
        found[f"{prefix}class_name"] = module.name.path[:_NAME]
        attributes = module.attributes()
        if path and module.name.module.startswith("torch.nn."):
            stated = {name: attributes[name] for name in _LAYER_SETTINGS if name in attributes}
            plain = plain_settings(stated, reading, path)
            found |= {f"{path}.{name}": plain.get(f"{path}.{name}", _UNREADABLE) for name in stated}
        inner = attributes.get("_modules")
        for name, child in reversed(list(inner.items())) if isinstance(inner, dict) else ():
            if isinstance(name, str) and len(path) + len(name) < _NAME:
                pending.append((path if name in _WRAPPERS else f"{prefix}{name}", child))
    return found


def _arguments(network: Record) -> Any:
    """Keyword arguments of the constructor, which NVIDIA's persistent classes store."""
    return network.attributes().get("_init_kwargs", {})


def _own_attributes(module: Record, reading: Reading) -> dict[str, Any]:
    """Public attributes of a module that are numbers or text, without those of torch."""
    public = {
        name: value
        for name, value in module.attributes().items()
        if isinstance(name, str)
        and not name.startswith("_")
        and name != "training"
        and not isinstance(value, (dict, Record))
    }
    return plain_settings(public, reading)


def _common_attributes(synthesis: Record, reading: Reading) -> dict[str, Any]:
    """Attributes that have the same value in every module of the synthesis network."""
    found: dict[str, Any] = {}
    conflicting: set[str] = set()
    for module in _parts(synthesis):
        for name, value in _own_attributes(module, reading).items():
            if name in found and found[name] != value:
                conflicting.add(name)
            found.setdefault(name, value)
    return {name: value for name, value in found.items() if name not in conflicting}


def _of_each_layer(synthesis: Record, attribute: str, reading: Reading) -> dict[str, Any]:
    """One attribute of each layer that has it, as `layer.attribute`."""
    layers = synthesis.attributes().get("_modules")
    values = {
        f"{name}.{attribute}": _own_attributes(layer, reading)
        for name, layer in (layers.items() if isinstance(layers, dict) else ())
        if isinstance(name, str) and isinstance(layer, Record)
    }
    return {name: found[attribute] for name, found in values.items() if attribute in found}


def _parts(module: Record) -> Iterator[Record]:
    """A module and all modules inside it, at most `_MODULES`."""
    pending: list[Any] = [module]
    for _ in range(_MODULES):
        if not pending:
            return
        current = pending.pop()
        if isinstance(current, Record):
            yield current
            inner = current.attributes().get("_modules")
            pending += list(inner.values()) if isinstance(inner, dict) else []
