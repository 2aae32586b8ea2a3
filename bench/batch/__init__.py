"""Batches: what is measured of plans, pictures and shards."""
