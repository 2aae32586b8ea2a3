"""Generators as Hammer spells them."""
