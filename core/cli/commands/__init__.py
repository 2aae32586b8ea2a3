"""The commands, one per file; `core/cli/__init__.py` lists them."""
