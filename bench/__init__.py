"""Benches: `python -m bench`."""
