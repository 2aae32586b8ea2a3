"""The explorer without ComfyUI: a server on this machine alone, and what its page saves."""
