"""Batches of any size, drawn and measured in shards, by one or by many processes."""
