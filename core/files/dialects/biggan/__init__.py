"""Parameter names of the published BigGAN implementations."""
