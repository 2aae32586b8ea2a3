"""The sessions, the held images and the worker thread of this process, one of each."""

from __future__ import annotations

from ...core.explorer.holding import Holds
from ..host_server import connected_clients
from .sessions import Sessions
from .worker import Worker

SESSIONS = Sessions()
"""All open explorers."""

WORKER = Worker(idle=lambda: SESSIONS.remove_unused(connected_clients()))
"""Runs the jobs of all pages; removes unused sessions while it waits."""

HOLDS = Holds()
"""The images whose rest was held last, with their Jacobians, for pages and runs alike."""
