"""Nodes that pull levers."""
