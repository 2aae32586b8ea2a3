"""Photographs: found in a generator, and brought back into the picture they were cut from."""
