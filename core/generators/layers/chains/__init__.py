"""Linearised networks whose layers follow each other without branches."""
