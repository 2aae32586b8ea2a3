"""Trains the bundled generator; not part of the installed package."""
