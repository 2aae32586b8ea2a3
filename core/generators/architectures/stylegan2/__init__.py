"""StyleGAN2: settings, network, linearisation, architecture."""
