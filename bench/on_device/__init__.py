"""What can be tested on a GPU alone: one file per check, one line each in `registry.py`."""
