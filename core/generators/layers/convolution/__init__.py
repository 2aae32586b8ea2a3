"""Convolutions and resampling, with their transposes."""
