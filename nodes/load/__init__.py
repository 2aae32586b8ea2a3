"""Nodes that load and describe a generator."""
