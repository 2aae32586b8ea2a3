"""PGGAN: settings, network, linearisation."""
