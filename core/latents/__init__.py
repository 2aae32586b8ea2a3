"""Latent codes: sampled, truncated, aligned, interpolated, mixed, searched for."""
