"""Grams of a region and its background, averaged over codes."""
