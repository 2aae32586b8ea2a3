"""Batches: plans of many pictures, and what each picture says about how it was made."""
