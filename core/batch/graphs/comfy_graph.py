"""A graph of ComfyUI, written node by node: as its page saves it, and as the server runs it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Widgets = Sequence[tuple[str, str, Any]]
"""Name, type and value of each widget, in the order of the node. An empty name is a widget of the
page that is no input, such as what happens to a seed after a run."""

_LEFT, _TOP, _GAP = 40, 60, 60
"""Corner of the first node, and pixels between two nodes; a title is 30 pixels high."""


@dataclass(frozen=True)
class Socket:
    """An output of a node."""

    node: int
    """Id of the node."""
    slot: int
    """Number of the output."""
    kind: str
    """Its type, such as "GAN"."""


class ComfyGraph:
    """Nodes in columns from left to right, each wired to nodes that were added before."""

    def __init__(self) -> None:
        self._nodes: list[dict[str, Any]] = []
        self._links: list[list[Any]] = []
        self._prompt: dict[str, dict[str, Any]] = {}
        self._left, self._top, self._width = _LEFT, _TOP, 0

    def next_column(self) -> None:
        """Begin a new column to the right; nothing where the present one is empty."""
        if self._width:
            self._left += self._width + _GAP
            self._top, self._width = _TOP, 0

    def add(
        self,
        kind: str,
        size: tuple[int, int],
        wires: Mapping[str, Socket | None],
        widgets: Widgets,
        outputs: Sequence[tuple[str, str]],
    ) -> list[Socket]:
        """Add a node below the last one.

        Args:
            kind: Type of the node.
            size: Width and height in pixels.
            wires: What each input is connected to, in the order of the node; none leaves it open.
                One that has a widget of the same name takes the widget's place.
            widgets: The widgets.
            outputs: Name and type of each output.

        Returns:
            A socket per output.
        """
        number = len(self._nodes) + 1
        valued = {name: (what, value) for name, what, value in widgets if name}
        sockets = [(name, source) for name, source in wires.items() if name not in valued]
        inputs: list[dict[str, Any]] = []
        sent: dict[str, Any] = {name: value for name, (_, value) in valued.items()}
        for name, source in sockets:
            if source is not None:
                inputs.append({"name": name, "type": source.kind, "link": None})
        for name, (what, _) in valued.items():
            inputs.append({"name": name, "type": what, "widget": {"name": name}, "link": None})
        for slot, entry in enumerate(inputs):
            source = wires.get(entry["name"])
            if source is not None:
                entry["link"] = self._link(source, number, slot)
                sent[entry["name"]] = [str(source.node), source.slot]
        self._place(kind, size, inputs, outputs)["widgets_values"] = [v for _, _, v in widgets]
        self._prompt[str(number)] = {"class_type": kind, "inputs": sent}
        return [Socket(number, slot, what) for slot, (_, what) in enumerate(outputs)]

    def note(self, size: tuple[int, int], title: str, text: str) -> None:
        """Add a note below the last node.

        Args:
            size: Width and height in pixels.
            title: Its title.
            text: Markdown.
        """
        node = self._place("MarkdownNote", size, [], [])
        node |= {"title": title, "properties": {}, "color": "#432", "bgcolor": "#653"}
        node["widgets_values"] = [text]

    def workflow(self) -> dict[str, Any]:
        """The graph as the page saves it.

        Returns:
            Plain data for JSON. The same graph gives the same id.
        """
        return {
            "id": graph_id(as_json(self._prompt)),
            "revision": 0,
            "last_node_id": len(self._nodes),
            "last_link_id": len(self._links),
            "nodes": self._nodes,
            "links": self._links,
            "groups": [],
            "config": {},
            "extra": {},
            "version": 0.4,
        }

    def prompt(self) -> dict[str, Any]:
        """The graph as the server runs it.

        Returns:
            Plain data for JSON.
        """
        return self._prompt

    def _place(
        self,
        kind: str,
        size: tuple[int, int],
        inputs: list[dict[str, Any]],
        outputs: Sequence[tuple[str, str]],
    ) -> dict[str, Any]:
        """Add a node as the page saves it, below the last one."""
        node: dict[str, Any] = {
            "id": len(self._nodes) + 1,
            "type": kind,
            "pos": [self._left, self._top],
            "size": list(size),
            "flags": {},
            "order": len(self._nodes),
            "mode": 0,
            "inputs": inputs,
            "outputs": [{"name": name, "type": what, "links": None} for name, what in outputs],
            "properties": {"Node name for S&R": kind},
        }
        self._nodes.append(node)
        self._top += size[1] + _GAP
        self._width = max(self._width, size[0])
        return node

    def _link(self, source: Socket, target: int, slot: int) -> int:
        """Connect an output to an input, and return the number of the link."""
        number = len(self._links) + 1
        self._links.append([number, source.node, source.slot, target, slot, source.kind])
        output = self._nodes[source.node - 1]["outputs"][source.slot]
        output["links"] = [*(output["links"] or []), number]
        return number


def graph_id(prompt: str) -> str:
    """The id of a graph.

    Args:
        prompt: The graph as the server runs it, as `as_json` writes it.

    Returns:
        A UUID. The same graph gives the same one.
    """
    return str(uuid.uuid5(uuid.NAMESPACE_OID, prompt))


def as_json(graph: Mapping[str, Any]) -> str:
    """A graph as ASCII JSON without spaces.

    Args:
        graph: `ComfyGraph.prompt()` or `ComfyGraph.workflow()`.

    Returns:
        The text.
    """
    return json.dumps(graph, separators=(",", ":"))
