"""Regions of an image: from text, shapes, names and masks to weights of pixels."""
