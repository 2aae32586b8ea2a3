"""DCGAN: settings, inference of settings, network, linearisation, architecture."""
