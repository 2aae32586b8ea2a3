"""StyleGAN (v1) with the parameter names of its PyTorch implementations."""
