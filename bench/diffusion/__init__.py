"""Whether levers of a region mean anything in a diffusion model: figures of docs/diffusion.md."""
