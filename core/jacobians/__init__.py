"""The derivative of an image by its latent, computed once, in the memory there is."""
