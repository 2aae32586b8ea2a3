"""How local edits are, on faces whose every attribute can be read: all of docs/locality.md."""
