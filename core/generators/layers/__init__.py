"""Layers, and their linearisations, that two or more architectures share."""
