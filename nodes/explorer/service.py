"""The one set of sessions and the one worker of this process."""

from __future__ import annotations

from ..host_server import connected_clients
from .sessions import Sessions
from .worker import Worker

SESSIONS = Sessions()
"""Every open explorer."""

WORKER = Worker(idle=lambda: SESSIONS.sweep(connected_clients()))
"""What computes for their pages."""
