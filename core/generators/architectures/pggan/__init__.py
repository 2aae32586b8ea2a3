"""PGGAN: settings, network, linearisation, architecture."""
