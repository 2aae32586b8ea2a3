"""A page to look through a batch, which needs no server."""
