"""Shared by all rooms: errors, registry, files, memory, precision; nothing about generators."""
