"""Modulation of features by latents: mapping networks, styles, norms."""
