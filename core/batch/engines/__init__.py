"""Engines that run the shards of a job: one per file, one line here."""

from ...base.registry import Registry
from .engine import AbstractEngine
from .local import LocalEngine
from .pool import PoolEngine
from .ray_cluster import RayEngine

ENGINES: Registry[AbstractEngine] = Registry("engine", LocalEngine(), PoolEngine(), RayEngine())
"""The first is the default."""
