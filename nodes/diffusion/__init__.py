"""Levers of a region for the models that ComfyUI samples from: its side of `core.diffusion`."""
