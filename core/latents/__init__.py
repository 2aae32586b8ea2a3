"""Latent codes: sampled, truncated, converted, interpolated, mixed, searched."""
