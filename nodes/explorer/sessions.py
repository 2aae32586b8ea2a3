"""Sessions: what a run of GANExplorer leaves behind for pages to play with."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ..sockets import LoadedGAN

MOST_SESSIONS = 8
"""Sessions that are open at once; the oldest goes first."""

MOST_BYTES = 4 << 30
"""Generators, latents, levers and masks that sessions hold together, the newest one apart."""

PATIENCE = 15.0
"""Seconds after which a page whose websocket is gone is thought closed; a reload takes less."""

_MOST_CLIENTS = 16
"""Pages that share a session."""


@dataclass(frozen=True)
class Contents:
    """What a session works on: what was connected to the node."""

    gan: LoadedGAN
    """The generator."""
    codes: LatentCode
    """The images."""
    directions: Directions | None = None
    """Levers that were connected."""
    mask: Tensor | None = None
    """The region that was connected."""

    def same(self, other: Contents) -> bool:
        """Whether another run had the very same objects, which ComfyUI keeps between runs.

        Args:
            other: The contents of that run.

        Returns:
            Whether they are.
        """
        mine = (self.gan, self.codes, self.directions, self.mask)
        theirs = (other.gan, other.codes, other.directions, other.mask)
        return all(a is b for a, b in zip(mine, theirs, strict=True))

    @property
    def nbytes(self) -> int:
        """Bytes beside the generator."""
        tensors = [self.codes.values, self.codes.z, self.codes.style_shift, self.mask]
        if self.directions is not None:
            tensors += [self.directions.vectors, self.directions.thumbnails]
        return sum(t.numel() * t.element_size() for t in tensors if t is not None)


@dataclass
class LiveSession:
    """One explorer on one or several pages."""

    token: str
    """What a page must know to ask for anything."""
    node: str
    """Id of the node in its graph."""
    contents: Contents
    """What it works on."""
    hello: Mapping[str, Any]
    """What pages are told of it."""
    clients: dict[str, float] = field(default_factory=dict)
    """Pages that use it, and when each was last seen."""


class Sessions:
    """All open sessions; safe to share between threads.

    Args:
        clock: Seconds that rise.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.lost = 0
        """Rises whenever a page may hold the token of a session that is gone: runs begin anew."""
        self._clock = clock
        self._open: OrderedDict[str, LiveSession] = OrderedDict()
        self._gone: deque[str] = deque(maxlen=256)
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """Number of open sessions."""
        return len(self._open)

    def open(
        self, client: str, node: str, contents: Contents, hello: Mapping[str, Any]
    ) -> LiveSession:
        """Open a session, or take up the one that has the same contents.

        Args:
            client: The page that ran the graph.
            node: Id of the node.
            contents: What was connected.
            hello: What pages are told, without the token.

        Returns:
            The session.
        """
        with self._lock:
            for session in self._open.values():
                if session.node == node and session.contents.same(contents):
                    self._join(session, client)
                    return session
            token = secrets.token_urlsafe(18)
            session = LiveSession(token, node, contents, {"session": token, **hello})
            self._open[token] = session
            self._join(session, client)
            self._make_room()
            return session

    def get(self, token: str, client: str) -> LiveSession | None:
        """A session that a page asks for; the page counts as present from then on.

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
            elif token in self._gone:
                self._gone.remove(token)  # counted once, however often the page asks
                self.lost += 1
            return session

    def find(self, client: str, node: str) -> LiveSession | None:
        """The newest session of a page and a node.

        Args:
            client: The page.
            node: Id of the node.

        Returns:
            The session, if one is open.
        """
        with self._lock:
            newest = self._newest(client, node)
            if newest is not None:
                self._join(newest, client)
            return newest

    def close(self, token: str, client: str) -> bool:
        """A page is done with a session, and with those before it on the same node.

        Args:
            token: The token.
            client: The page.

        Returns:
            Whether there was such a session.
        """
        with self._lock:
            session = self._open.get(token)
            if session is None:
                return False
            for other in list(self._open.values()):
                if other is session or (other.node == session.node and client in other.clients):
                    other.clients.pop(client, None)
                    if not other.clients:
                        self._drop(other)
            return True

    def sweep(self, present: Set[str]) -> None:
        """Let go of pages that have gone, and of sessions that nobody uses.

        Args:
            present: Pages that have a websocket now.
        """
        now = self._clock()
        with self._lock:
            for session in list(self._open.values()):
                for client, seen in list(session.clients.items()):
                    if client in present:
                        session.clients[client] = now
                    elif now - seen > PATIENCE:
                        del session.clients[client]
                if not session.clients:
                    self._drop(session)

    def _join(self, session: LiveSession, client: str) -> None:
        """A page uses a session: it is the newest one now."""
        session.clients[client] = self._clock()
        while len(session.clients) > _MOST_CLIENTS:
            del session.clients[min(session.clients, key=session.clients.__getitem__)]
        self._open.move_to_end(session.token)

    def _newest(self, client: str, node: str) -> LiveSession | None:
        """The session of a page and a node that was used last."""
        for session in reversed(self._open.values()):
            if session.node == node and client in session.clients:
                return session
        return None

    def _make_room(self) -> None:
        """Drop the oldest sessions, those first that every page has a newer one for."""
        while len(self._open) > 1 and (
            len(self._open) > MOST_SESSIONS or self._nbytes() > MOST_BYTES
        ):
            old = [session for session in self._open.values() if not self._wanted(session)]
            self._drop(next(iter(old or self._open.values())))

    def _wanted(self, session: LiveSession) -> bool:
        """Whether some page has no newer session on this node."""
        return any(self._newest(client, session.node) is session for client in session.clients)

    def _nbytes(self) -> int:
        """Bytes that all sessions hold; a generator that several share counts once."""
        generators = {
            id(s.contents.gan): s.contents.gan.generator.network for s in self._open.values()
        }
        weights = sum(
            p.numel() * p.element_size() for net in generators.values() for p in net.parameters()
        )
        return weights + sum(s.contents.nbytes for s in self._open.values())

    def _drop(self, session: LiveSession) -> None:
        """Forget a session; a page that still asks for it makes the next run begin anew."""
        if self._wanted(session) or not session.clients:
            self.lost += 1
        else:
            self._gone.append(session.token)
        del self._open[session.token]
