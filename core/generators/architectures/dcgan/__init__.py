"""DCGAN-type generators: settings, network, linearisation."""
