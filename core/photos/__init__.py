"""One's own photographs: their latent codes, faces cut out and put back, changes composited."""
