"""Generators: network architectures, rendering and descriptions."""
