"""BigGAN and BigGAN-deep: settings, blocks, network, linearisation, architecture."""
