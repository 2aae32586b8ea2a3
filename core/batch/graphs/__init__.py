"""The graph of ComfyUI inside of a picture."""
