"""Levers of a region for diffusion and flow models: the derivative of a sampler's denoised picture.

Knows torch alone: a sampler is a function from a noisy latent to its denoised picture at one step.
"""
