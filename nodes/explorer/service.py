"""The sessions and the worker thread of this process, one of each."""

from __future__ import annotations

from ..host_server import connected_clients
from .sessions import Sessions
from .worker import Worker

SESSIONS = Sessions()
"""All open explorers."""

WORKER = Worker(idle=lambda: SESSIONS.remove_unused(connected_clients()))
"""Runs the jobs of all pages; removes unused sessions while it waits."""
