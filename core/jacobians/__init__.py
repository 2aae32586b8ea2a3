"""Jacobians of images with respect to latents, and their Grams, within the available memory."""
