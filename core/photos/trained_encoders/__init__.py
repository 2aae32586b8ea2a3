"""Encoders that others trained: photographs to latent codes of one generator."""
