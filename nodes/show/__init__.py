"""Nodes that draw images, sheets and comparisons."""
