"""Nodes that find levers."""
