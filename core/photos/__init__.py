"""Photographs: found in a generator, cut out, edited, and put back."""
