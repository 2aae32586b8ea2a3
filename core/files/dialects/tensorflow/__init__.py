"""Generators as their TensorFlow releases spell them."""
