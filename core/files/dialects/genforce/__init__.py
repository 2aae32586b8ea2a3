"""Generators as the genforce repositories spell them."""
