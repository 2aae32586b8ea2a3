"""Bytes to concepts and back: containers, dialects, formats of directions and latents."""
