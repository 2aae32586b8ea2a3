"""BigGAN and BigGAN-deep: settings, network, linearisation."""
