"""Nodes for photographs: crop, find the latent, put an edit back."""
