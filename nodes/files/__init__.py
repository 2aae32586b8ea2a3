"""Nodes that save and load directions, latents and generators."""
