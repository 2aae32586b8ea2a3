"""Nodes that load a generator and tell what it is."""
