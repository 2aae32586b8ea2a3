"""How latents act on features: mapping networks, styles, norms."""
