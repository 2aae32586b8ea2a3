"""StyleGAN3: settings, network, linearisation."""
