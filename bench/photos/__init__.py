"""`python -m bench photos`: how well photographs are found again in a generator."""
