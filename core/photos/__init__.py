"""One's own photographs: the latent codes that draw them."""
