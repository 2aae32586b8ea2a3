"""Directions at work: edits, combinations, strengths, sweeps, variations, journeys."""
