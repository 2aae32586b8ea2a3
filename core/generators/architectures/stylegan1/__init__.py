"""StyleGAN, the first version: settings, network, linearisation, architecture."""
