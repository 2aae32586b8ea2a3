"""Generators: their networks, how they are described, and how they draw."""
