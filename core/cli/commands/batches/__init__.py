"""Commands for what a batch has become: check it, look at it, export it."""
