"""Linearisations of networks whose layers form a chain, without branches."""
