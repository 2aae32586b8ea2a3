"""Batches of any size: plans, their pictures one by one, and what becomes of them."""
