"""Sessions: the inputs of an explorer, stored so that pages can continue with them."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..explorer.photograph import Photograph

MOST_SESSIONS = 8
"""Most open sessions; the least recently used is dropped first."""

MOST_BYTES = 4 << 30
"""Most bytes of generators, latents, levers and masks of all sessions; the newest always stays."""

RECONNECT_SECONDS = 15.0
"""Seconds without a websocket after which a page counts as closed; a reload takes less."""

_MOST_CLIENTS = 16
"""Most pages that share a session."""


class LoadedGenerator(Protocol):
    """A generator that its front moves between devices."""

    @property
    def generator(self) -> Generator:
        """The generator, on whichever device it is."""
        ...


@dataclass(frozen=True)
class Contents:
    """The inputs of a session: what was connected to the node."""

    gan: LoadedGenerator
    """The generator."""
    codes: LatentCode
    """The images."""
    directions: Directions | None = None
    """The connected levers."""
    mask: Tensor | None = None
    """The connected mask."""
    photo: Photograph | None = None
    """The connected photograph, whose code then takes the place of all images."""

    def same(self, other: Contents) -> bool:
        """Compare by identity: ComfyUI passes the same objects again while inputs are unchanged.

        Args:
            other: The contents of another run.

        Returns:
            Whether all inputs are the same objects.
        """
        mine, theirs = (
            (each.gan, each.codes, each.directions, each.mask, each.photo and each.photo.source)
            for each in (self, other)
        )
        return all(a is b for a, b in zip(mine, theirs, strict=True))

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors except the generator's."""
        tensors = [self.codes.values, self.codes.z, self.codes.style_shift, self.mask]
        if self.directions is not None:
            tensors += [self.directions.vectors, self.directions.thumbnails]
        if self.photo is not None:
            tensors += [self.photo.source, self.photo.network_image]
        return sum(t.numel() * t.element_size() for t in tensors if t is not None)


@dataclass
class LiveSession:
    """One explorer, open on one or several pages."""

    token: str
    """Secret that every request must name."""
    node: str
    """Id of the node in its graph."""
    contents: Contents
    """The inputs."""
    facts: Mapping[str, Any]
    """Plain data for pages: the token, and facts about generator, latents and levers."""
    clients: dict[str, float] = field(default_factory=dict)
    """Pages that use it, and the time at which each was last seen."""


class Sessions:
    """All open sessions; thread-safe.

    Args:
        clock: Monotonic time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.lost = 0
        """Rises when a session is dropped that a page may still use; the next run opens another."""
        self._clock = clock
        self._open: OrderedDict[str, LiveSession] = OrderedDict()
        self._dropped: deque[str] = deque(maxlen=256)  # tokens that no page should still use
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """Number of open sessions."""
        return len(self._open)

    def open(
        self, client: str, node: str, contents: Contents, facts: Mapping[str, Any]
    ) -> LiveSession:
        """Open a session, or return the one with the same contents.

        Pages and workflows share a session only where ComfyUI passed the very same objects to
        their nodes: its pictures are then the same. Ids alone say nothing, since all copies of a
        workflow have the same ones.

        Args:
            client: The page that ran the graph.
            node: Id of the node.
            contents: The inputs.
            facts: Plain data for pages, without the token.

        Returns:
            The session.
        """
        with self._lock:
            for session in self._open.values():
                if session.node == node and session.contents.same(contents):
                    self._join(session, client)
                    return session
            token = secrets.token_urlsafe(18)
            session = LiveSession(token, node, contents, {"session": token, **facts})
            self._open[token] = session
            self._join(session, client)
            self._make_room()
            return session

    def get(self, token: str, client: str) -> LiveSession | None:
        """The session of a token; marks the page as present.

        Args:
            token: The token.
            client: The page.

        Returns:
            The session, if it is open.
        """
        with self._lock:
            session = self._open.get(token)
            if session is not None:
                self._join(session, client)
            elif token in self._dropped:
                self._dropped.remove(token)  # counted once, even if the page asks again
                self.lost += 1
            return session

    def find(self, client: str, node: str, token: str = "") -> LiveSession | None:
        """The session of a node that a page had before it was reloaded.

        Args:
            client: The page.
            node: Id of the node; the workflows of a page may share it.
            token: The token that the page remembers; without one, the page's most recently used
                session of the node is meant.

        Returns:
            The session, if one is open.
        """
        with self._lock:
            found = self._open.get(token) if token else self._newest(client, node)
            if found is None or found.node != node:
                return None
            self._join(found, client)
            return found

    def close(self, token: str, client: str) -> bool:
        """Remove a page from a session; workflows that share the id of the node keep theirs.

        Args:
            token: The token.
            client: The page.

        Returns:
            Whether the session was open.
        """
        with self._lock:
            session = self._open.get(token)
            if session is None:
                return False
            session.clients.pop(client, None)
            if not session.clients:
                self._drop(session)
            return True

    def remove_unused(self, connected: Set[str]) -> None:
        """Remove pages that have disconnected, then sessions without pages.

        Args:
            connected: Pages that have a websocket now.
        """
        now = self._clock()
        with self._lock:
            for session in list(self._open.values()):
                for client, seen in list(session.clients.items()):
                    if client in connected:
                        session.clients[client] = now
                    elif now - seen > RECONNECT_SECONDS:
                        del session.clients[client]
                if not session.clients:
                    self._drop(session)

    def _join(self, session: LiveSession, client: str) -> None:
        """Record that a page uses a session, which becomes the most recently used one."""
        session.clients[client] = self._clock()
        while len(session.clients) > _MOST_CLIENTS:
            del session.clients[min(session.clients, key=session.clients.__getitem__)]
        self._open.move_to_end(session.token)

    def _newest(self, client: str, node: str) -> LiveSession | None:
        """The most recently used session of a page and a node."""
        for session in reversed(self._open.values()):
            if session.node == node and client in session.clients:
                return session
        return None

    def _make_room(self) -> None:
        """Drop the least recently used sessions, outdated ones first."""
        while len(self._open) > 1 and (
            len(self._open) > MOST_SESSIONS or self._nbytes() > MOST_BYTES
        ):
            old = [session for session in self._open.values() if not self._current(session)]
            self._drop(next(iter(old or self._open.values())))

    def _current(self, session: LiveSession) -> bool:
        """Whether it is some page's most recently used session of its node."""
        return any(self._newest(client, session.node) is session for client in session.clients)

    def _nbytes(self) -> int:
        """Bytes of all sessions; a generator that several share counts once."""
        generators = {
            id(s.contents.gan): s.contents.gan.generator.network for s in self._open.values()
        }
        weights = sum(
            p.numel() * p.element_size() for net in generators.values() for p in net.parameters()
        )
        return weights + sum(s.contents.nbytes for s in self._open.values())

    def _drop(self, session: LiveSession) -> None:
        """Drop a session; if a page asks for it later, the next run opens a new one."""
        if self._current(session) or not session.clients:
            self.lost += 1
        else:
            self._dropped.append(session.token)
        del self._open[session.token]
