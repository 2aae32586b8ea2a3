"""Nodes that sample, mix and change latents."""
