"""BigGAN as its published implementations spell it."""
