"""Batches: thousands of pictures that a plan states, in a folder of their own."""
