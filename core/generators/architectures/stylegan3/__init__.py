"""StyleGAN3: settings, band plan, network, linearisation, architecture."""
